"""One take, from intent to result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.concepts import concept_files
from agent.crew import Crew, Listening
from agent.cuts import source_of
from agent.joins import BEGINS, base_of, begins_with, opening_of, opening_take
from agent.memory.ledger import Entry, Intent, doubt
from agent.references import request_of
from agent.sounds import is_whole, stem_of
from storyboards.errors import BackendUnavailable, GenerationFailed, TakeCorrupt, TakeDoubtful
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, digest_of
from tools.contract import Progress, ShotRequest, quiet, take_key

if TYPE_CHECKING:
    from tools.generate_video import FilmedPicture


def planned_recipe(request: ShotRequest) -> dict[str, object]:
    """Of the shot as planned: what must be equal for a take of it to be current."""
    return {"picture": request.picture_recipe(), "sound": request.sound_recipe()}


def recipe_digest(request: ShotRequest) -> str:
    """Digest of :func:`planned_recipe`."""
    return digest_of(planned_recipe(request))


def film_request(crew: Crew, project: str, board: Storyboard, shot: Shot) -> ShotRequest:
    """What is asked of whoever makes the take: the request with references, and with what it is cut from, if it is."""
    request = request_of(crew, project, board, shot)
    source = source_of(crew, project, board, shot)
    if source is not None:
        return replace(request, source=source)
    opening = opening_of(crew, project, board, shot)
    base = base_of(crew, project, board, shot)
    return replace(request, opening=opening, base=base, concepts=concept_files(crew, shot))


def intent_for(crew: Crew, project: str, board: Storyboard, shot: Shot, why: str = "") -> Intent:
    """The take to be made of a shot of this plan. ``shot`` is the planned one, or a revision of it with the same id."""
    backend, request = crew.backend, film_request(crew, project, board, shot)
    price_usd = 0.0 if request.source is not None else backend.price_usd(request)
    recipe = planned_recipe(request_of(crew, project, board, board.shot(shot.id), drawn=False))
    return Intent(
        project=project, key=take_key(request, backend.name, version_of(crew)), shot=shot,
        recipe_digest=digest_of(recipe), backend=backend.name, version=version_of(crew), price_usd=price_usd,
        repeatable=price_usd == 0 or bool(getattr(backend, "dedupes", False)), why=why, recipe=recipe,
    )  # fmt: skip


def ready_takes(crew: Crew, project: str, board: Storyboard, shot_id: str) -> list[Take]:
    """The takes that there are of a shot as it is planned now, first to last."""
    digest = recipe_digest(request_of(crew, project, board, board.shot(shot_id), drawn=False))
    entries = crew.memory.ledger.candidates(project, shot_id, digest, crew.backend.name)
    takes = [entry.take for entry in entries if entry.take is not None]
    if takes and board.shot(shot_id).continues:
        opening = opening_take(crew, project, board, board.shot(shot_id))
        return [take for take in takes if opening is not None and take.recipe.get(BEGINS) == opening.video_sha256]
    return takes


def is_ordered(crew: Crew, project: str, board: Storyboard, shot_id: str) -> bool:
    """Is a take of the shot as it is planned now at work elsewhere? Its price is among what is spent, and collecting it
    costs nothing."""
    digest = recipe_digest(request_of(crew, project, board, board.shot(shot_id), drawn=False))
    return any(
        entry.job and entry.state in ("running", "unknown")
        for entry in crew.memory.ledger.entries(project, shot_id)
        if entry.intent.recipe_digest == digest and entry.intent.backend == crew.backend.name
    )


def needs_filming(crew: Crew, project: str, board: Storyboard, shot: Shot) -> bool:
    """Is there nothing yet to be had of the shot for nothing: no take, no order, nothing to cut it from?"""
    if ready_takes(crew, project, board, shot.id) or is_ordered(crew, project, board, shot.id):
        return False
    return source_of(crew, project, board, shot) is None


def whole_takes(crew: Crew, project: str, board: Storyboard, shot_id: str) -> list[Take]:
    """The ready takes of a shot whose files are there and undamaged. Of the others the ledger is told."""
    whole = []
    for take in ready_takes(crew, project, board, shot_id):
        if _take_is_whole(crew, take):
            whole.append(take)
        else:
            crew.memory.ledger.lost(take, project)
    return whole


def film_take(crew: Crew, intent: Intent, request: ShotRequest, progress: Progress = quiet) -> Take:
    """Make the intended take, or give the one that was made before of the same recipe.

    Raises:
        GenerationFailed: the backend could not, or nobody knows whether it did (the ledger says ``unknown``).
        StorageFailed: the result could not be kept.
    """
    ledger = crew.memory.ledger
    with crew.locks.holding(intent.key):
        entry = ledger.intend(intent)
        if entry.state == "unknown" and _kept_picture(crew, request) is None:
            raise doubt(entry)
        if entry.take is not None:
            if _take_is_whole(crew, entry.take):
                return entry.take
            ledger.lost(entry.take, intent.project)
        twin = ledger.twin(intent.key)
        if twin is not None and _take_is_whole(crew, twin):
            take = twin.model_copy(
                update={"shot_id": intent.shot.id, "ordinal": entry.ordinal, "wall_s": 0.0, "cost_usd": 0.0}
            )
            ledger.ready(intent, take)
            return take
        return _render(crew, intent, request, entry, progress)


def _render(crew: Crew, intent: Intent, request: ShotRequest, entry: Entry, progress: Progress) -> Take:
    began, ledger, job = time.monotonic(), crew.memory.ledger, entry.job
    # What was ordered or begun by a run that ended is paid for by this take, also if its picture is here already.
    begun = bool(job) or entry.state == "unknown"
    ledger.running(intent, job)

    def ordered(name: str) -> None:
        nonlocal job
        job = name
        ledger.running(intent, job)

    try:
        picture = _picture(crew, request, intent.key, progress, job, ordered)
    except TakeDoubtful as error:
        ledger.doubted(intent, error.message)
        raise
    except GenerationFailed as error:
        # A job that cannot be asked for now is collected by a later run; so is one whose film cannot be used, since
        # it is paid for.
        if job and isinstance(error, TakeCorrupt):
            ledger.doubted(intent, error.message)
        elif not (job and isinstance(error, BackendUnavailable)):
            ledger.failed(intent, error.message)
        raise
    take = Take(
        key=intent.key, shot_id=intent.shot.id, ordinal=entry.ordinal, backend=intent.backend,
        recipe_digest=intent.recipe_digest, video_sha256=picture.video_sha256,
        sound_sha256=_foley(crew, request, picture.latents_sha256),
        frames=request.shot.frames, handle_frames=request.handle_frames, rate=request.rate, width=request.width,
        height=request.height, seed=request.shot.seed, wall_s=round(time.monotonic() - began, 3),
        cost_usd=intent.price_usd if begun else picture.cost_usd, recipe={**picture.recipe, **begins_with(request)},
        latents_sha256=picture.latents_sha256, notes=picture.notes,
    )  # fmt: skip
    ledger.ready(intent, take)
    return take


def _picture_key(crew: Crew, request: ShotRequest) -> str:
    recipe = {"picture": request.picture_recipe(), "backend": crew.backend.name, "version": version_of(crew)}
    made_of = request.made_of()
    return digest_of({**recipe, "made_of": made_of} if made_of else recipe)


def _kept_picture(crew: Crew, request: ShotRequest) -> str | None:
    """The picture of this recipe, if it is in the store and whole."""
    known = crew.store.recall(_picture_key(crew, request))
    return known if known is not None and is_whole(crew, known) else None


def _picture(
    crew: Crew, request: ShotRequest, key: str, progress: Progress, job: str, ordered: Callable[[str], None]
) -> FilmedPicture:
    """The picture and what it cost. A take that differs from another by its sound alone uses the same picture."""
    from tools.cut_take import cut_take
    from tools.generate_video import FilmedPicture, generate_video

    recipe = _picture_key(crew, request)
    beside = digest_of(["beside", recipe])
    known = _kept_picture(crew, request)
    if known is not None:
        said = crew.store.recall(beside)
        words = json.loads(crew.store.path(said).read_text(encoding="utf-8")) if said else {}
        notes = tuple(words.pop("notes", ()))
        return FilmedPicture(known, request.frames, 0.0, 0.0, notes=notes, **words)
    if request.source is not None:
        picture = cut_take(request, crew.store, progress)
    else:
        picture = generate_video(request, crew.backend, crew.store, key, progress, job, ordered)
    if picture.recipe or picture.latents_sha256 or picture.notes:
        words = {"recipe": dict(picture.recipe), "latents_sha256": picture.latents_sha256, "notes": picture.notes}
        crew.store.remember(beside, crew.store.put_bytes(json.dumps(words, sort_keys=True).encode(), ".json"))
    crew.store.remember(recipe, picture.video_sha256)
    return picture


def _foley(crew: Crew, request: ShotRequest, latents_sha256: str) -> str:
    if request.source is not None and request.source.is_clip:
        from tools.cut_take import clip_sound, clip_sound_recipe

        own = stem_of(crew, "clip", clip_sound_recipe(request), lambda: (clip_sound(request, crew.store), {}))
        if own.sha256:
            return own.sha256
    recipe = {"sound": request.sound_recipe(), "version": crew.sound.VERSION}
    sound = crew.sound
    if isinstance(sound, Listening):
        latents = crew.store.path(latents_sha256) if latents_sha256 and crew.store.holds(latents_sha256) else None
        recipe = {**recipe, "picture": latents_sha256 if latents else ""}
        return stem_of(crew, "foley", recipe, lambda: (sound.foley_for(request, latents), {})).sha256
    return stem_of(crew, "foley", recipe, lambda: (crew.sound.foley(request), {})).sha256


def _take_is_whole(crew: Crew, take: Take) -> bool:
    return is_whole(crew, take.video_sha256) and (not take.sound_sha256 or is_whole(crew, take.sound_sha256))


def version_of(crew: Crew) -> str:
    """Of everything that makes a take: the backend that films it and the department that gives it sound."""
    return f"{crew.backend.version}+{crew.sound.VERSION}"
