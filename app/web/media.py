"""Files of a film for the page: stills, takes, cuts, captions, references, exports. Each is named by what is in it, and
given only to whoever sees the project that it is of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.deliver import export_edit
from agent.film import Film, film_of
from app.web import pictures
from storyboards.errors import UnknownName
from storyboards.timeline import to_srt, to_vtt

if TYPE_CHECKING:
    from agent.crew import Crew
    from agent.memory.cuts import Cut
    from storyboards.shot import Take

FORMATS = ("mp4", "srt", "vtt", "storyboard", "claims", "otio", "otioz", "edlz", "xmlz", "fcpxmlz")
"""What a film can be exported as; those after ``claims`` are written by :mod:`tools.publish`."""

SUFFIXES = {"storyboard": ".json", "claims": ".jsonl", "edlz": ".zip", "xmlz": ".zip", "fcpxmlz": ".zip"}
"""File names' endings of formats that are not called by them."""


def still(crew: Crew, project: str, video_sha256: str, frame: int, width: int) -> str:
    """sha256 of a JPEG of a frame of one of the project's takes.

    Raises:
        UnknownName, ContentMissing. BadInput: not a width that the page uses.
    """
    if not any(take.video_sha256 == video_sha256 for take in _takes(crew, project)):
        raise UnknownName(f"project {project!r} has no such take.")
    return pictures.still(crew.store, video_sha256, frame, width)


def take(crew: Crew, project: str, key: str) -> Take:
    """A take that was made for the project.

    Raises:
        UnknownName: it has no such take.
    """
    found = next((take for take in _takes(crew, project) if take.key == key), None)
    if found is None:
        raise UnknownName(f"project {project!r} has no such take.")
    return found


def cut(crew: Crew, project: str, sha256: str) -> Cut:
    """A finished cut.

    Raises:
        UnknownName: the project has no such cut.
    """
    found = next((cut for cut in crew.memory.cuts.all(project) if cut.sha256 == sha256), None)
    if found is None:
        raise UnknownName(f"project {project!r} has no such cut.")
    return found


def reference(crew: Crew, project: str, sha256: str) -> str:
    """sha256 of a picture of an element of the cast.

    Raises:
        UnknownName: the project has no such reference.
    """
    references = crew.memory.references
    known = (*references.of(project, "given").values(), *references.of(project, "drawn").values())
    if not any(kept.sha256 == sha256 for kept in known):
        raise UnknownName(f"project {project!r} has no such reference.")
    return sha256


def report(crew: Crew, project: str) -> Path:
    """The report that was written beside the film.

    Raises:
        UnknownName: no film is finished, or the report is gone.
    """
    place = film_of(crew, project).out.with_suffix(".report.html")
    if not place.is_file():
        raise UnknownName(
            f"the report of {project!r} is not at its place any more.", next_step="Cut the film anew, and it is."
        )
    return place


def export(crew: Crew, project: str, to: str) -> str:
    """sha256 of a finished film in another program's form, written once and kept.

    Raises:
        UnknownName: no such format, or no finished film.
    """
    film = film_of(crew, project)
    if to not in FORMATS:
        raise UnknownName(f"there is no format {to!r}.", next_step=f"Choose one of: {', '.join(FORMATS)}.")
    if to == "mp4":
        return crew.memory.cuts.all(project)[-1].sha256
    text, suffix = _text(film, to), SUFFIXES.get(to, f".{to}")
    if text is not None:
        return crew.store.put_bytes(text.encode(), suffix)
    with crew.store.scratch("") as folder:
        folder.mkdir()
        draft = folder / f"{project}{suffix}"
        export_edit(film, crew.store, to, draft, away=True)
        return crew.store.put(draft, suffix)


def _text(film: Film, to: str) -> str | None:
    if to == "srt":
        return to_srt(film.timeline.captions)
    if to == "vtt":
        return to_vtt(film.timeline.captions)
    if to == "storyboard":
        return json.dumps(film.storyboard.document(), ensure_ascii=False, indent=2) + "\n"
    if to == "claims":
        found = {verdict.claim_id: verdict.model_dump(mode="json") for verdict in film.verdicts}
        rows = ({"claim": claim.model_dump(mode="json"), "verdict": found.get(claim.id)} for claim in film.claims)
        return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    return None


def _takes(crew: Crew, project: str) -> Iterator[Take]:
    return (entry.take for entry in crew.memory.ledger.entries(project) if entry.take is not None)
