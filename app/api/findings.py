"""What there is of a film: shots, takes, verdicts, the cast, cuts, and everything that leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path as File
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from starlette.background import BackgroundTask

from agent.film import ShotView
from agent.references import looks
from app.api.access import Reader, TheStudio
from app.api.faults import FAULTS
from app.api.files import serve, serve_stored
from app.api.project_shapes import CutShape, ElementShape, TakeShape, VerdictShape, take_of
from app.api.projects import Name, board_of
from app.api.stills import still_of
from app.service.callers import Caller
from app.service.studio import Studio
from storyboards.claims import Claim, compile_claims
from storyboards.critique import Verdict
from storyboards.errors import UnknownName
from storyboards.shot import Take

router = APIRouter(prefix="/api/projects/{name}", tags=["film"], responses=FAULTS)

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Format = Literal["otio", "otioz", "edl", "xml", "fcpxml", "srt", "vtt", "edlz", "xmlz", "fcpxmlz"]
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}
Result = TypeVar("Result")


async def _read(studio: Studio, name: str, caller: Caller, read: Callable[[], Result]) -> Result:
    def work() -> Result:
        studio.project(name, caller)
        return read()

    return await asyncio.to_thread(work)


@router.get("/shots", response_model=list[ShotView], summary="Every shot as it stands")
async def shots(name: Name, studio: TheStudio, caller: Reader) -> list[ShotView]:
    return await _read(studio, name, caller, lambda: list(studio.director(name).show(name).shots))


@router.get("/takes", response_model=list[TakeShape], summary="Every take that was made, of one shot or of all")
async def takes(
    name: Name, studio: TheStudio, caller: Reader, shot: Annotated[str, Query(max_length=40)] = ""
) -> list[TakeShape]:  # fmt: skip
    def read() -> list[TakeShape]:
        entries = studio.memory.ledger.entries(name, shot or None)
        cut = studio.memory.cuts.latest(name)
        playing = {clip.take_key for clip in cut.timeline.picture} if cut else set()
        return [
            take_of(entry.take, name, entry.intent.why, entry.take.key in playing)
            for entry in entries
            if entry.take is not None
        ]

    return await _read(studio, name, caller, read)


def _take(studio: Studio, name: str, key: str) -> Take:
    for entry in studio.memory.ledger.entries(name):
        if entry.take is not None and entry.take.key == key:
            return entry.take
    raise UnknownName(f"there is no take {key[:12]!r}.")


@router.get("/takes/{key}/video", response_class=Response, responses={200: {"content": {"video/mp4": {}}}})
async def take_video(name: Name, key: Digest, studio: TheStudio, caller: Reader) -> Response:
    take = await _read(studio, name, caller, lambda: _take(studio, name, key))
    return serve_stored(studio.store, take.video_sha256, name=f"{name}-{take.shot_id}-{take.ordinal}.mp4")


@router.get("/takes/{key}/still", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
async def take_still(
    name: Name, key: Digest, studio: TheStudio, caller: Reader,
    frame: Annotated[int, Query(ge=0, le=100_000)] = 0, width: Annotated[int, Query(ge=16, le=1920)] = 640,
) -> Response:  # fmt: skip
    def draw() -> str:
        take = _take(studio, name, key)
        return still_of(studio.store, take.video_sha256, min(frame, take.frames - 1), width)

    return serve_stored(studio.store, await _read(studio, name, caller, draw))


@router.get("/verdicts", response_model=list[VerdictShape], summary="Every claim of the last cut with its answer")
async def verdicts(name: Name, studio: TheStudio, caller: Reader) -> list[VerdictShape]:
    def read() -> list[VerdictShape]:
        film = studio.director(name).film(name)
        answered = {verdict.claim_id: verdict for verdict in film.verdicts}
        return [_verdict(claim, answered.get(claim.id)) for claim in film.claims]

    return await _read(studio, name, caller, read)


@router.get("/claims", response_model=list[VerdictShape], summary="What the plan in force promises")
async def claims(name: Name, studio: TheStudio, caller: Reader) -> list[VerdictShape]:
    def read() -> list[VerdictShape]:
        return [_verdict(claim, None) for claim in compile_claims(board_of(studio, name, caller))]

    return await _read(studio, name, caller, read)


def _verdict(claim: Claim, verdict: Verdict | None) -> VerdictShape:
    return VerdictShape(claim=claim.id, kind=claim.kind, shot_id=claim.shot_id, text=claim.text, verdict=verdict)


@router.get("/elements", response_model=list[ElementShape], summary="The cast, with where each look comes from")
async def elements(name: Name, studio: TheStudio, caller: Reader) -> list[ElementShape]:
    def read() -> list[ElementShape]:
        board = board_of(studio, name, caller)
        known = looks(studio.director(name).crew, name, board)
        rows = []
        for element in board.elements:
            look = known.get(element.id)
            address = f"/api/projects/{name}/elements/{element.id}/reference"
            rows.append(
                ElementShape(
                    id=element.id, kind=element.kind, subject=element.subject, colour=element.colour, name=element.name,
                    described_as=element.described_as, voice=element.voice, reference=look.origin if look else "",
                    links={"reference": address} if look else {},
                )
            )  # fmt: skip
        return rows

    return await _read(studio, name, caller, read)


@router.get(
    "/elements/{element}/reference", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)  # fmt: skip
async def reference(
    name: Name, element: Annotated[str, Path(max_length=40)], studio: TheStudio, caller: Reader
) -> Response:  # fmt: skip
    def find() -> str:
        found = looks(studio.director(name).crew, name, board_of(studio, name, caller)).get(element)
        if found is None:
            raise UnknownName(f"there is no reference of {element!r}.")
        return found.sha256

    return serve_stored(studio.store, await _read(studio, name, caller, find))


@router.get("/cuts", response_model=list[CutShape], summary="Every finished cut")
async def cuts(name: Name, studio: TheStudio, caller: Reader) -> list[CutShape]:
    def read() -> list[CutShape]:
        return [
            CutShape(
                key=cut.key, sha256=cut.sha256, status=cut.status, duration_s=round(cut.timeline.duration_s, 3),
                notes=[note.text for note in cut.notes], at_s=cut.at_s,
                links={"video": f"/api/projects/{name}/cuts/{cut.key}/video"},
            )
            for cut in studio.memory.cuts.all(name)
        ]  # fmt: skip

    return await _read(studio, name, caller, read)


@router.get("/cuts/{key}/video", response_class=Response, responses={200: {"content": {"video/mp4": {}}}})
async def cut_video(name: Name, key: Digest, studio: TheStudio, caller: Reader) -> Response:
    cut = await _read(studio, name, caller, lambda: studio.memory.cuts.find(name, key))
    if cut is None:
        raise UnknownName(f"there is no cut {key[:12]!r}.")
    return serve_stored(studio.store, cut.sha256, name=f"{name}.mp4")


@router.get("/film", response_class=Response, responses={200: {"content": {"video/mp4": {}}}}, summary="The last cut")
async def film(name: Name, studio: TheStudio, caller: Reader, download: bool = False) -> Response:
    cut = await _read(studio, name, caller, lambda: studio.memory.cuts.latest(name))
    if cut is None:
        raise UnknownName(f"project {name!r} has no finished film.")
    return serve_stored(studio.store, cut.sha256, name=f"{name}.mp4", attached=download)


@router.get("/report", response_class=Response, responses={200: {"content": {"text/html": {}}}}, summary="The report")
async def report(name: Name, studio: TheStudio, caller: Reader) -> Response:
    def find() -> File:
        cut = studio.memory.cuts.latest(name)
        if cut is None:
            raise UnknownName(f"project {name!r} has no finished film.")
        return studio.memory.home / "films" / f"{name}.report.html"

    return serve(studio.memory.home / "films", await _read(studio, name, caller, find))


@router.get("/export", response_class=Response, responses=FILE, summary="The edit for another program")
async def export(name: Name, studio: TheStudio, caller: Reader, to: Format = "otio") -> Response:
    from agent.deliver import export_edit
    from tools.publish import PACKED

    ending = f"{to[:-1]}.zip" if to in PACKED else to
    scratch = studio.store.scratch("")
    folder = scratch.__enter__()

    def write() -> File:
        folder.mkdir()
        director, out = studio.director(name), folder / f"{name}.{ending}"
        export_edit(director.film(name), studio.store, to, out, away=True)
        return out

    try:
        place = await _read(studio, name, caller, write)
        answer = serve(studio.store.root, place, name=place.name, attached=True)
    except BaseException:
        scratch.__exit__(None, None, None)
        raise
    answer.background = BackgroundTask(scratch.__exit__, None, None, None)
    return answer
