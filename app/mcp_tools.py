"""What the studio can do as tools of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from mcp.server.mcpserver import Context, Image
from pydantic import Field

from agent.director import Director
from agent.earlier import keep_take
from agent.history import History
from app.mcp_wire import caller_of, said, told_of
from app.service.callers import LOCAL, Caller
from app.service.jobs import Job
from app.service.orders import Edit, Make, Order, Resume
from app.service.studio import Studio
from app.service.uploads import MOST_BYTES, Upload
from storyboards.brief import Brief
from storyboards.errors import BadInput, OverLimit, UnknownName

MOST_WAIT_S = 3600.0
STILL_PX = 768
Project = Annotated[str, Field(description="the film's project", pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
ShotNumber = Annotated[int, Field(description="the number of a shot, from 1", ge=1, le=200)]
UploadId = Annotated[str, Field(description="the id that add_file gave", max_length=80)]
Clips = Annotated[
    dict[str, UploadId] | None, Field(description="clips that play as shots, by the shot's number", max_length=16)
]
FirstFrames = Annotated[
    dict[str, UploadId] | None,
    Field(description="pictures with the cast in them that shots begin with, by the shot's number", max_length=16),
]
Backdrops = Annotated[
    dict[str, UploadId] | None,
    Field(description="pictures of places that shots begin with, by number; the cast comes in", max_length=16),
]
Looks = Annotated[
    dict[str, UploadId] | None, Field(description="pictures of the cast, by name or what it is", max_length=16)
]
VoiceText = Annotated[str, Field(description="the words of the voice-over, for the captions", max_length=20_000)]
TextForm = Literal["otio", "edl", "xml", "fcpxml", "srt", "vtt"]
Bundle = Literal["otioz", "edlz", "xmlz", "fcpxmlz"]
Result = TypeVar("Result")


class Tools:
    """The tools, each a method. Who asks is in the request of the HTTP transport; on standard input it is the person
    at this machine."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def all(self) -> tuple[Callable[..., Any], ...]:
        """Every tool there is."""
        return (
            self.create_film, self.edit_film, self.price_edit, self.add_file, self.regenerate_shot, self.stop_shot,
            self.approve_film, self.resume_film, self.cancel_film, self.wait_film, self.get_film, self.list_films,
            self.list_shots, self.list_takes, self.list_claims, self.see_shot, self.pick_take, self.lock_shot,
            self.undo_film, self.redo_film, self.export_film,
        )  # fmt: skip

    # What films

    async def create_film(
        self, ctx: Context, brief: Annotated[str, Field(min_length=1, max_length=200_000)],
        duration_s: Annotated[float | None, Field(ge=1, le=600)] = None,
        width: Annotated[int, Field(ge=64, le=3840, multiple_of=2)] = 1280,
        height: Annotated[int, Field(ge=64, le=3840, multiple_of=2)] = 720,
        hold: Annotated[bool, Field(description="plan and price it, then wait for approve_film")] = False,
        backend: Annotated[str | None, Field(description="who films, such as animatic or reel", max_length=40)] = None,
        looks: Looks = None, clips: Clips = None, first_frames: FirstFrames = None,
        backdrops: Backdrops = None, voice_over: UploadId = "", voice_text: VoiceText = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Start a film of a brief. Returns its project and the job to wait for."""
        with said():
            order = Make(
                brief=Brief(text=brief, duration_s=duration_s, size=(width, height)), hold=hold, backend=backend,
                looks=looks or {}, clips=clips or {}, first_frames=first_frames or {}, backdrops=backdrops or {},
                voice_over=voice_over, voice_text=voice_text,
            )  # fmt: skip
            return told_of(await self._submit(ctx, order, seconds=duration_s or 0.0))

    async def edit_film(
        self, ctx: Context, project: Project, words: Annotated[str, Field(max_length=20_000)] = "",
        looks: Looks = None, clips: Clips = None, first_frames: FirstFrames = None,
        backdrops: Backdrops = None, voice_over: UploadId = "", voice_text: VoiceText = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Change a film in words, such as "make shot 3 darker", or by files. Only what changes is filmed again."""
        with said():
            if not (words.strip() or looks or clips or first_frames or backdrops or voice_over):
                raise BadInput("nothing is to be changed.", next_step="Say what to change, or name a file.")
            order = Edit(
                words=words, looks=looks or {}, clips=clips or {}, first_frames=first_frames or {},
                backdrops=backdrops or {}, voice_over=voice_over, voice_text=voice_text,
            )  # fmt: skip
            return told_of(await self._submit(ctx, order, project))

    async def price_edit(
        self, ctx: Context, project: Project, words: Annotated[str, Field(min_length=1, max_length=20_000)]
    ) -> dict[str, Any]:  # fmt: skip
        """What a change in words would change, film and cost. Nothing is done."""

        def price(director: Director) -> dict[str, Any]:
            found = director.propose(project, words)
            return {"changes": list(found.changes), "films": list(found.stale), "price": found.price.describe()}

        return await self._read(ctx, project, price)

    async def add_file(
        self, ctx: Context,
        name: Annotated[str, Field(description="what to call it, such as beach.mp4", max_length=200)] = "",
        content_base64: Annotated[str, Field(description="the file itself, if it is small")] = "",
        path: Annotated[str, Field(description="where it lies, if this server runs on your machine")] = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Add a picture, a clip (60 s at most), a recording or a text; its id is then named in create_film and
        edit_film. A server elsewhere takes large files at POST /api/uploads."""
        here = ctx.request_context.request is None
        with said():
            return (await asyncio.to_thread(self._kept, caller_of(ctx), name, content_base64, path, here)).model_dump(
                include={"id", "kind", "name", "about"}
            )

    async def regenerate_shot(self, ctx: Context, project: Project, shot: ShotNumber) -> dict[str, Any]:
        """Film one shot anew; the take that was there is kept beside it."""
        with said():
            return told_of(await self._submit(ctx, Edit(words=f"redo shot {shot}"), project))

    async def stop_shot(self, ctx: Context, project: Project, shot: ShotNumber) -> dict[str, Any]:
        """Stop the filming of one shot; the job goes on with the others, and with the take that the shot has."""

        def stop(director: Director) -> dict[str, Any]:
            return told_of(self._studio.stop_shot(project, self._shot(project, shot), caller_of(ctx)))

        return await self._read(ctx, project, stop)

    async def resume_film(self, ctx: Context, project: Project) -> dict[str, Any]:
        """Film whatever is missing or stale, and cut the film anew."""
        with said():
            return told_of(await self._submit(ctx, Resume(), project))

    async def approve_film(self, ctx: Context, project: Project, token: str) -> dict[str, Any]:
        """Film a plan that was held: the token is in its job's result."""
        with said():
            return told_of(await self._submit(ctx, Resume(token=token), project))

    async def get_film(self, ctx: Context, project: Project) -> dict[str, Any]:
        """Where a film stands: status, why it is degraded, its shots, its last jobs."""
        from app.api.projects import shape_of

        with said():
            return (await asyncio.to_thread(shape_of, self._studio, project, caller_of(ctx))).model_dump(mode="json")

    async def list_films(self, ctx: Context) -> list[dict[str, Any]]:
        """Every film, the last changed first."""
        from app.api.project_shapes import line_of

        with said():
            found = await asyncio.to_thread(self._studio.projects, caller_of(ctx))
            return [line_of(project).model_dump() for project in found]

    async def list_shots(self, ctx: Context, project: Project) -> list[dict[str, Any]]:
        """Every shot with its status and, if it is stale, why."""
        return await self._read(
            ctx, project, lambda director: [shot.model_dump(mode="json") for shot in director.show(project).shots]
        )

    async def list_takes(self, ctx: Context, project: Project, shot: ShotNumber) -> list[dict[str, Any]]:
        """Every take of a shot: why it was made, by whom, and whether it plays in the last cut."""
        from app.api.project_shapes import take_of

        def read(director: Director) -> list[dict[str, Any]]:
            cut = self._studio.memory.cuts.latest(project)
            playing = {clip.take_key for clip in cut.timeline.picture} if cut else set()
            return [
                take_of(entry.take, project, entry.intent.why, entry.take.key in playing).model_dump(mode="json")
                for entry in self._studio.memory.ledger.entries(project, self._shot(project, shot))
                if entry.take is not None
            ]

        return await self._read(ctx, project, read)

    async def list_claims(self, ctx: Context, project: Project) -> list[dict[str, Any]]:
        """What the last cut promised, and what was found: pass, fail, unmeasurable, or open where nobody looked."""

        def read(director: Director) -> list[dict[str, Any]]:
            film = director.film(project)
            found = {verdict.claim_id: verdict for verdict in film.verdicts}
            return [
                {
                    "shot": claim.shot_id, "claim": claim.text,
                    "outcome": found[claim.id].outcome if claim.id in found else "open",
                    "found": found[claim.id].measured if claim.id in found else "",
                }
                for claim in film.claims
            ]  # fmt: skip

        return await self._read(ctx, project, read)

    async def see_shot(
        self, ctx: Context, project: Project, shot: ShotNumber,
        at: Annotated[float, Field(description="where in the shot, 0 to 1", ge=0, le=1)] = 0.5,
    ) -> Image:  # fmt: skip
        """A frame of a shot as it plays, or of its newest take."""
        from app.api.stills import still_of

        def look(director: Director) -> Image:
            entries = self._studio.memory.ledger.entries(project, self._shot(project, shot))
            takes = [entry.take for entry in entries if entry.take is not None]
            if not takes:
                raise UnknownName(f"shot {shot} is not filmed yet.", next_step="Wait for its film with wait_film.")
            plays = director.show(project).shots[shot - 1].playing
            take = next((take for take in takes if take.ordinal == plays), takes[-1])
            still = still_of(self._studio.store, take.video_sha256, round(at * (take.frames - 1)), STILL_PX)
            return Image(data=self._studio.store.path(still).read_bytes(), format="jpeg")

        return await self._read(ctx, project, look)

    # What is changed without filming

    async def pick_take(
        self, ctx: Context, project: Project, shot: ShotNumber,
        take: Annotated[int, Field(description="its ordinal; 0 leaves the choice to the judge", ge=0, le=1000)],
    ) -> list[str]:  # fmt: skip
        """Keep a take of a shot whatever the judge thinks. resume_film cuts it in."""

        def pick(director: Director) -> list[str]:
            shot_id = self._shot(project, shot)
            if take:
                return [keep_take(director.crew, project, shot_id, take)]
            return [director.unpick(project, shot_id)]

        return await self._change(ctx, project, pick)

    async def lock_shot(self, ctx: Context, project: Project, shot: ShotNumber, locked: bool = True) -> list[str]:
        """Keep edits away from a shot, or let them at it again."""
        return await self._change(
            ctx, project, lambda director: list(director.lock(project, self._shot(project, shot), locked))
        )

    async def undo_film(self, ctx: Context, project: Project) -> list[str]:
        """The version of the plan before the last step. resume_film cuts it."""
        return await self._change(ctx, project, lambda director: list(History(director.crew).undo(project).changes))

    async def redo_film(self, ctx: Context, project: Project) -> list[str]:
        """Take the undone step again. resume_film cuts it."""
        return await self._change(ctx, project, lambda director: list(History(director.crew).redo(project).changes))

    # Jobs

    async def wait_film(
        self, ctx: Context, job: str, timeout_s: Annotated[float, Field(ge=0, le=MOST_WAIT_S)] = 600.0
    ) -> dict[str, Any]:  # fmt: skip
        """Wait until a job is over, telling progress; after the timeout its state as it is then."""
        with said():
            caller = caller_of(ctx)
            await asyncio.to_thread(self._studio.job, job, caller)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._follow(ctx, job, caller)
            return told_of(await asyncio.to_thread(self._studio.job, job, caller))

    async def _follow(self, ctx: Context, job_id: str, caller: Caller) -> None:
        async with contextlib.aclosing(self._studio.happenings.follow(job_id, 0, 5.0)) as lines:
            now = await asyncio.to_thread(self._studio.job, job_id, caller)
            if now.is_over:
                return
            async for _ in lines:
                now = await asyncio.to_thread(self._studio.job, job_id, caller)
                await ctx.report_progress(now.progress, 1.0, now.message)
                if now.is_over:
                    return

    async def cancel_film(self, ctx: Context, job: str) -> dict[str, Any]:
        """Stop a job; what it finished is kept."""
        with said():
            return told_of(await self._studio.cancel(job, caller_of(ctx)))

    async def export_film(self, ctx: Context, project: Project, to: TextForm = "otio") -> str:
        """The edit of a finished film for another program, as text."""
        from agent.deliver import export_edit

        def write() -> str:
            self._studio.project(project, caller_of(ctx))
            film = self._studio.director(project).film(project)
            with self._studio.store.scratch(f".{to}") as out:
                export_edit(film, self._studio.store, to, out, away=ctx.request_context.request is not None)
                return out.read_text(encoding="utf-8")

        with said():
            return await asyncio.to_thread(write)

    async def bundle(self, project: str, to: str, ctx: Context) -> bytes:
        """The edit with its media in a zip: ``otioz``, ``edlz``, ``xmlz`` or ``fcpxmlz``."""
        from agent.deliver import export_edit

        def write() -> bytes:
            self._studio.project(project, caller_of(ctx))
            if to not in get_args(Bundle):
                raise UnknownName(f"there is no bundle {to!r}.", next_step=f"Ask for {', '.join(get_args(Bundle))}.")
            with self._studio.store.scratch(f".{to}") as out:
                export_edit(self._studio.director(project).film(project), self._studio.store, to, out, away=True)
                return out.read_bytes()

        return await asyncio.to_thread(write)

    async def storyboard(self, project: str, ctx: Context) -> str:
        """The plan in force, as JSON."""
        from app.api.projects import board_of

        board = await asyncio.to_thread(board_of, self._studio, project, caller_of(ctx))
        return json.dumps(board.document(), ensure_ascii=False)

    async def film(self, project: str, ctx: Context) -> bytes:
        """The last finished cut."""

        def read() -> bytes:
            self._studio.project(project, caller_of(ctx))
            return self._studio.director(project).film(project).cut.read_bytes()

        return await asyncio.to_thread(read)

    def _kept(self, caller: Caller, name: str, content_base64: str, path: str, here: bool) -> Upload:
        caller.must_have("make")
        if path and not here:
            raise BadInput("a path is of the server's machine.", next_step="Send the content, or POST /api/uploads.")
        if path:
            place = Path(path).expanduser()
            if not place.is_file():
                raise BadInput(f"there is no file {place.name!r}.", next_step="Give its whole path.")
            if place.stat().st_size > MOST_BYTES:
                raise OverLimit(f"a file may have {MOST_BYTES:,} bytes.", next_step="Cut it or scale it down.")
            return self._studio.uploads.keep(place, name or place.name, caller)
        try:
            content = base64.b64decode(content_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInput("the content is no base64.", next_step="Encode the file's bytes.") from error
        with self._studio.store.scratch(".upload") as draft:
            draft.write_bytes(content)
            return self._studio.uploads.keep(draft, name or "file", caller)

    def _shot(self, project: str, number: int) -> str:
        """Id of a shot by its number.

        Raises:
            UnknownName: there is no plan yet, or no such shot.
        """
        from app.api.projects import board_of

        shots = board_of(self._studio, project, LOCAL).shots
        if number > len(shots):
            raise UnknownName(f"there is no shot {number}; the film has {len(shots)}.")
        return shots[number - 1].id

    async def _read(self, ctx: Context, project: str, work: Callable[[Director], Result]) -> Result:
        """What the director of a project of the caller's says."""

        def read() -> Result:
            self._studio.project(project, caller_of(ctx))
            return work(self._studio.director(project))

        with said():
            return await asyncio.to_thread(read)

    async def _change(self, ctx: Context, project: str, step: Callable[[Director], list[str]]) -> list[str]:
        """Change a plan at once, and tell whoever follows it; what was changed, in words."""

        def change(director: Director) -> list[str]:
            caller_of(ctx).must_have("make")
            changes = step(director)
            self._studio.changed(project, "; ".join(changes))
            return changes

        return await self._read(ctx, project, change)

    async def _submit(self, ctx: Context, order: Order, project: str = "", seconds: float = 0.0) -> Job:
        return await asyncio.to_thread(self._studio.submit, order, project, caller_of(ctx), seconds=seconds)
