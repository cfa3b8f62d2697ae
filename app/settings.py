"""What a person may set from outside, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storyboards.errors import BadInput


class Endpoint(BaseModel):
    """An OpenAI-compatible server. Nothing is called unless both ``base_url`` and ``model`` are given."""

    model_config = ConfigDict(frozen=True)
    base_url: str
    model: str
    api_key: str = Field("not-needed", repr=False)


class Settings(BaseModel):
    """Settings of one run.

    Attributes:
        home: where projects, takes and the database live.
        workers: shots rendered at the same time.
        llm: plans films when given; the offline rulebook does otherwise.
        speech: speaks lines when given; espeak-ng does otherwise, if it is installed.
        crash_at: stop the process dead at this fault point (durability tests); 0 for never.
    """

    model_config = ConfigDict(frozen=True)
    home: Path
    workers: int = Field(2, ge=1, le=64)
    llm: Endpoint | None = None
    speech: Endpoint | None = None
    crash_at: int = Field(0, ge=0)


def read_settings(environment: Mapping[str, str], home: Path | None = None) -> Settings:
    """Settings from ``STORYREEL_*`` variables; ``home`` given by the caller wins.

    Raises:
        BadInput: a variable has a value that makes no sense, or an endpoint is only half given.
    """
    place = home or Path(environment.get("STORYREEL_HOME") or _default_home(environment))
    try:
        return Settings(
            home=place.expanduser().absolute(),
            workers=environment.get("STORYREEL_WORKERS", "2"),
            llm=_endpoint(environment, "LLM"),
            speech=_endpoint(environment, "SPEECH"),
            crash_at=environment.get("STORYREEL_CRASH_AT", "0"),
        )
    except ValidationError as error:
        rows = "; ".join(f"STORYREEL_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise BadInput(f"the settings are not valid: {rows}.") from error


def _endpoint(environment: Mapping[str, str], name: str) -> Endpoint | None:
    base_url = environment.get(f"STORYREEL_{name}_BASE_URL", "")
    model = environment.get(f"STORYREEL_{name}_MODEL", "")
    if not base_url and not model:
        return None
    if not (base_url and model):
        missing = f"STORYREEL_{name}_{'MODEL' if base_url else 'BASE_URL'}"
        raise BadInput(f"the {name.lower()} endpoint is only half given.", next_step=f"Set {missing} too.")
    return Endpoint(
        base_url=base_url, model=model, api_key=environment.get(f"STORYREEL_{name}_API_KEY") or "not-needed"
    )


def _default_home(environment: Mapping[str, str]) -> Path:
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else Path("~/.local/share")) / "storyreel"
