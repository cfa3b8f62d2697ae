"""Shots that begin with a picture, a person's or the last one of another take, and takes that are made of others."""

from __future__ import annotations

from agent.crew import Crew
from agent.cuts import take_of
from storyboards.cutting import is_cut, is_grown
from storyboards.errors import ContentMissing, ToolRefused
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard
from tools.catalogue import CATALOGUE, abilities_of, check_ability
from tools.contract import Base, Opening, ShotRequest

BEGIN_WITH_PICTURE = "begin_with_picture"
"""What a backend names in its ``abilities`` if a shot can begin with a person's picture."""
REMAKE_IN_PART = "remake_in_part"
"""What a backend names in its ``abilities`` if it can make some of a take anew and keep the rest."""
BEGINS = "begins_with"
"""Field of a take's recipe: hash of the picture with whose last frame it begins; two takes may share one picture."""


def opening_take(crew: Crew, project: str, board: Storyboard, shot: Shot) -> Take | None:
    """The take with whose last frame a shot begins: the one that is kept of the shot before it; None if there is none
    yet, or the shot continues nothing."""
    from agent.choose import kept_take

    before = board.before(shot.id) if shot.continues else None
    return None if before is None else kept_take(crew, project, board, before)


def opening_of(crew: Crew, project: str, board: Storyboard, shot: Shot) -> Opening | None:
    """The still with which a shot begins, in the store.

    Raises:
        ToolRefused: who films cannot begin with a picture.
        ContentMissing: a person's picture is gone.
    """
    if shot.first_frame is not None:
        _check_picture(crew, shot.id)
        if not crew.store.holds(shot.first_frame.sha256):
            raise ContentMissing(
                f"the picture that shot {shot.id} begins with is gone.", next_step="Give it once more."
            )
        given = shot.first_frame
        return Opening(crew.store.path(given.sha256), given.sha256, cast=given.cast)
    if not shot.continues:
        return None
    check_ability(CATALOGUE["continue_from_last_frame"], crew.backend)
    take = opening_take(crew, project, board, shot)
    if take is None:
        return None
    from tools.media import extract_still, png_bytes

    still = extract_still(crew.store.path(take.video_sha256), take.frames - 1)
    sha256 = crew.store.put_bytes(png_bytes(still), ".png")
    kept = take.latents_sha256 if crew.store.holds(take.latents_sha256) else ""
    before = board.before(shot.id)
    elements = tuple(part.element for part in before.parts) if before is not None else ()
    latents = crew.store.path(kept) if kept else None
    return Opening(crew.store.path(sha256), take.video_sha256, latents, elements, take.frames)


def begins_with(request: ShotRequest) -> dict[str, str]:
    """For the recipe of a take."""
    return {} if request.opening is None else {BEGINS: request.opening.sha256}


def base_of(crew: Crew, project: str, board: Storyboard, shot: Shot) -> Base | None:
    """The take of which a region is filmed anew, one of the shot as it is planned but for that; or the one of the
    shorter shot that this one goes on from, if that was filmed; or the one of which a retake keeps the rest.

    Raises:
        ToolRefused: who films cannot do that, or no take has kept what it was decoded from.
        ContentMissing: it is gone.
    """
    if shot.remake is not None:
        entry = crew.memory.ledger.find(project, shot.id, shot.remake.take)
        return _kept_of(crew, entry.take if entry is not None else None)
    if shot.patch is None:
        grown = shot.grown if is_grown(shot) else None
        return None if grown is None else _kept_of(crew, take_of(crew, project, board, grown))
    check_ability(CATALOGUE["inpaint_region"], crew.backend)
    take = take_of(crew, project, board, shot.model_copy(update={"patch": None}))
    if take is None or not take.latents_sha256:
        raise ToolRefused(
            f"no take of shot {shot.id} has kept its latents, so no region of it can be filmed anew.", reason="backend",
            next_step="Film the shot again by “redo”, then say the region.",
        )  # fmt: skip
    if not crew.store.holds(take.latents_sha256):
        raise ContentMissing(f"the latents of shot {shot.id} are gone.", next_step="Film the shot again by “redo”.")
    return Base(take.key, take.video_sha256, crew.store.path(take.latents_sha256))


def _kept_of(crew: Crew, take: Take | None) -> Base | None:
    if take is None:
        return None
    kept = crew.store.path(take.latents_sha256) if crew.store.holds(take.latents_sha256) else None
    return Base(take.key, take.video_sha256, kept)


def check_joins(crew: Crew, board: Storyboard) -> None:
    """Can who films make every shot of this plan?

    Raises:
        ToolRefused: naming the first that it cannot.
    """
    able = abilities_of(crew.backend)
    begun = [shot.first_frame is not None and not is_cut(shot) for shot in board.shots]
    if any(begun):
        _check_picture(crew, *(str(number) for number, begins in enumerate(begun, start=1) if begins))
    for number, shot in enumerate(board.shots, start=1):
        for tool, wanted in (("continue_from_last_frame", shot.continues), ("inpaint_region", shot.patch is not None)):
            if wanted and tool not in able:
                raise ToolRefused(
                    f"{crew.backend.name} cannot {tool.replace('_', ' ')}, which shot {number} needs.",
                    reason="backend", next_step="Film with --backend reel, or undo that change.",
                )  # fmt: skip


def _check_picture(crew: Crew, *shots: str) -> None:
    if BEGIN_WITH_PICTURE not in abilities_of(crew.backend):
        one = len(shots) == 1
        which = f"shot {shots[0]}" if one else f"shots {', '.join(shots[:-1])} and {shots[-1]}"
        raise ToolRefused(
            f"{crew.backend.name} cannot begin with a picture, which {which} {'does' if one else 'do'}.",
            reason="backend", next_step="Film with --backend reel, or say "
            f"“{which} no longer {'begins' if one else 'begin'} with the picture”.",
        )  # fmt: skip
