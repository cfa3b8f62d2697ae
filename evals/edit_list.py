"""What somebody says about how a film was cut: spans of shots, or a whole timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from storyboards.clock import FrameRate
from storyboards.errors import BadEdit
from storyboards.timeline import Timeline

SCHEMA = "storyreel.edit/1"
MAX_BYTES = 20 * 1024**2


class ShotSpan(BaseModel):
    """Frames ``start`` up to ``end`` of the film show the shot."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    shot: str
    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def _order(self) -> ShotSpan:
        if self.end <= self.start:
            raise ValueError(f"shot {self.shot} ends at frame {self.end}, not after {self.start}")
        return self


class EditList(BaseModel):
    """Spans in frames of the film. ``timeline`` is there when the film is one of ours: its manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_version: str = SCHEMA
    shots: tuple[ShotSpan, ...]
    timeline: Timeline | None = None

    @classmethod
    def of(cls, timeline: Timeline) -> EditList:
        spans = (ShotSpan(shot=c.shot_id, start=c.record.start, end=c.record.end) for c in timeline.picture)
        return cls(shots=tuple(spans), timeline=timeline)


def read_edit_list(path: Path, rate: FrameRate) -> EditList:
    """An edit list from a file.

    ``.otio`` is a timeline that ``storyreel export`` wrote. ``.json`` is ``{"shots": [{"shot": "s1", "start": 0, "end":
    72}]}`` or only that list, in frames of the film, or with ``start_s`` and ``end_s`` in seconds.

    Args:
        rate: of the film, for seconds.

    Raises:
        BadEdit: it cannot be read; says what was found.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadEdit(f"{path.name} has over {MAX_BYTES:,} bytes; that is no edit list.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadEdit(f"the edit list {path} cannot be read ({error}).", next_step="Check the path.") from error
    if path.suffix.lower() == ".otio":
        return _from_otio(text)
    try:
        document = json.loads(text)
        rows = document if isinstance(document, list) else document["shots"]
        timeline = None if isinstance(document, list) else document.get("timeline")
        return EditList.model_validate({"shots": [_in_frames(row, rate) for row in rows], "timeline": timeline})
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise BadEdit(
            f"{path.name} is not an edit list: {error}.",
            next_step='It looks like {"shots": [{"shot": "s1", "start": 0, "end": 72}]}.',
        ) from error


def _in_frames(row: dict[str, Any], rate: FrameRate) -> dict[str, Any]:
    if "start_s" not in row:
        return row
    rest = {name: value for name, value in row.items() if name not in ("start_s", "end_s")}
    return {**rest, "start": rate.frames(float(row["start_s"])), "end": rate.frames(float(row["end_s"]))}


def _from_otio(text: str) -> EditList:
    import opentimelineio as otio

    from tools.otio_timeline import from_otio

    try:
        film = otio.adapters.read_from_string(text, "otio_json")
    except Exception as error:  # the library raises what its C++ side threw
        raise BadEdit(f"the timeline cannot be read: {error}.", next_step="Export it again.") from error
    return EditList.of(from_otio(film))
