"""What a person may set from outside, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from storyboards.errors import BadInput


class Endpoint(BaseModel):
    """An OpenAI-compatible server. Nothing is called unless both ``base_url`` and ``model`` are given."""

    model_config = ConfigDict(frozen=True)
    base_url: str
    model: str
    api_key: str = Field("not-needed", repr=False)


class LLMSettings(Endpoint):
    """A language model that plans, revises and chats.

    Attributes:
        usd_per_mtok_in, usd_per_mtok_out: dollars for a million tokens; 0 for a server of one's own.
        timeout_s: for one reply.
        revises: it looks at takes and orders retakes, too, instead of the rulebook; it must see pictures.
    """

    usd_per_mtok_in: float = Field(0.0, ge=0)
    usd_per_mtok_out: float = Field(0.0, ge=0)
    timeout_s: float = Field(120.0, gt=0)
    revises: bool = False


class JudgeSettings(Endpoint):
    """A vision-language model that judges takes beside the measurements.

    Attributes:
        frames, width, layout: the frames it sees: how many, how many pixels wide, each alone or on one sheet.
        usd_per_mtok_in, usd_per_mtok_out: dollars for a million tokens; 0 for a server of one's own.
        timeout_s: for one reply.
        second_opinions: it is asked about claims, too, that could be measured.
    """

    frames: int = Field(8, ge=1, le=32)
    width: int = Field(448, ge=64, le=1920)
    layout: Literal["single", "sheet"] = "single"
    usd_per_mtok_in: float = Field(0.0, ge=0)
    usd_per_mtok_out: float = Field(0.0, ge=0)
    timeout_s: float = Field(120.0, gt=0)
    second_opinions: bool = False


class VideoSettings(Endpoint):
    """An OpenAI-Videos-compatible server that films, as the backend ``openai-videos``.

    Attributes:
        limit_s: for one shot.
        dedupes: it makes one job of two orders with the same ``Idempotency-Key``.
        sizes: that it films, such as ``1280x720,720x1280``; empty if it films any.
        lengths_s: that it films, such as ``4,8,12``; empty if it films any number of whole seconds.
        references: a picture given of an element is sent along as ``input_reference``.
    """

    limit_s: float = Field(1800.0, gt=0)
    dedupes: bool = False
    sizes: tuple[tuple[PositiveInt, PositiveInt], ...] = ()
    lengths_s: tuple[PositiveFloat, ...] = ()
    references: bool = False

    @field_validator("sizes", "lengths_s", mode="before")
    @classmethod
    def _listed(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, str):
            return given
        words = [word.strip() for word in given.split(",") if word.strip()]
        return [word.split("x") for word in words] if info.field_name == "sizes" else words


class DiffusersSettings(BaseModel):
    """A pipeline of diffusers that films, as the backend ``diffusers``.

    What else can be set is told at :class:`tools.backends.pipeline_plan.Filmer`.

    Attributes:
        model: a folder, or a name in the hub's cache; ``downloads`` lets a name be fetched.
    """

    model_config = ConfigDict(frozen=True)
    model: str
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    steps: int = Field(0, ge=0, le=1000)
    guidance: float | None = Field(None, ge=0)
    size: tuple[PositiveInt, PositiveInt] | None = None
    fps: float = Field(0.0, ge=0, le=120)
    most_frames: int = Field(0, ge=0)
    downloads: bool = False

    @field_validator("size", mode="before")
    @classmethod
    def _sides(cls, given: object) -> object:
        return given.split("x") if isinstance(given, str) else given


class Price(BaseModel):
    """Dollars of a backend: a line of the price table. ``STORYREEL_PRICE_OPENAI_VIDEOS_USD_PER_SECOND=0.10``."""

    model_config = ConfigDict(frozen=True)
    usd_per_second: float = Field(0.0, ge=0)
    usd_per_call: float = Field(0.0, ge=0)


class Settings(BaseModel):
    """Settings of one run.

    Attributes:
        home: where projects, takes and the database live.
        workers: shots rendered at the same time.
        backend: films what nobody has filmed yet and nobody is named for (``STORYREEL_BACKEND``).
        llm: plans films when given; the offline rulebook does otherwise.
        speech: speaks lines when given; espeak-ng does otherwise, if it is installed.
        sound: who makes foley: the world's own synthesis, or the generator (``STORYREEL_SOUND=reel``).
        reel_size: of the network that the backend ``reel`` films with (``STORYREEL_REEL_SIZE``); the largest one whose
            weights are here if empty.
        critic: this repository's own judge is asked what cannot be measured (``STORYREEL_CRITIC=0``: it is not).
        judge: a vision-language model that is asked, when given, what neither could tell.
        video, diffusers: film when given and asked for by name.
        prices: what backends cost, by name; those of this repository cost nothing unless a price is set.
        crash_at: stop the process dead at this fault point (durability tests); 0 for never.
    """

    model_config = ConfigDict(frozen=True)
    home: Path
    workers: int = Field(2, ge=1, le=64)
    backend: str = Field("reel", min_length=1, max_length=40)
    llm: LLMSettings | None = None
    speech: Endpoint | None = None
    critic: bool = True
    sound: Literal["world", "reel"] = "world"
    reel_size: Literal["", "tiny", "nano", "small"] = ""
    judge: JudgeSettings | None = None
    video: VideoSettings | None = None
    diffusers: DiffusersSettings | None = None
    prices: Mapping[str, Price] = Field(default_factory=dict)
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
            backend=environment.get("STORYREEL_BACKEND", "reel"),
            llm=_extended(environment, "LLM", LLMSettings),
            speech=_endpoint(environment, "SPEECH"),
            critic=environment.get("STORYREEL_CRITIC", "1"),
            sound=environment.get("STORYREEL_SOUND", "world"),
            reel_size=environment.get("STORYREEL_REEL_SIZE", ""),
            judge=_extended(environment, "JUDGE", JudgeSettings),
            video=_extended(environment, "VIDEO", VideoSettings),
            diffusers=_given(environment, "DIFFUSERS", DiffusersSettings),
            prices=_prices(environment),
            crash_at=environment.get("STORYREEL_CRASH_AT", "0"),
        )
    except ValidationError as error:
        rows = "; ".join(f"STORYREEL_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
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


def _given(environment: Mapping[str, str], name: str, form: type[BaseModel]) -> dict[str, str] | None:
    """What is set of ``STORYREEL_<NAME>_*``; None without a model."""
    values = {field: environment.get(f"STORYREEL_{name}_{field.upper()}", "") for field in form.model_fields}
    return {field: value for field, value in values.items() if value} if values["model"] else None


def _extended(environment: Mapping[str, str], name: str, form: type[Endpoint]) -> dict[str, object] | None:
    """The endpoint with what else is set of ``STORYREEL_<NAME>_*``; None without an endpoint."""
    endpoint = _endpoint(environment, name)
    if endpoint is None:
        return None
    more = set(form.model_fields) - set(Endpoint.model_fields)
    values = {field: environment.get(f"STORYREEL_{name}_{field.upper()}", "") for field in sorted(more)}
    return endpoint.model_dump() | {field: value for field, value in values.items() if value}


def _prices(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The price table: ``STORYREEL_PRICE_<BACKEND>_USD_PER_SECOND`` and ``_USD_PER_CALL``."""
    table: dict[str, dict[str, str]] = {}
    for variable, value in environment.items():
        name = variable.removeprefix("STORYREEL_PRICE_")
        for field in Price.model_fields:
            end = f"_{field.upper()}"
            if name != variable and name.endswith(end) and value:
                table.setdefault(name.removesuffix(end).lower().replace("_", "-"), {})[field] = value
    return table


def _default_home(environment: Mapping[str, str]) -> Path:
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else Path("~/.local/share")) / "storyreel"
