"""Is an element that was cast from the library the one that was kept there: by its reference, and by how it was filmed.

Two things are asked. Was its picture shown to the take, as the take's own recipe says? And does the examiner find it
to look as in the take that it was kept from?
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.crew import Crew
from agent.memory.library import LibraryItem
from storyboards.claims import LIBRARY, Claim
from storyboards.critique import Evidence, Verdict
from storyboards.errors import UnknownName
from storyboards.shot import Take
from storyboards.storyboard import Storyboard, read_storyboard
from tools.contract import Footage, ShotRequest, request_for

THERE = "there"
"""Id of the shot that an element was kept from, while two films are compared."""


def judge_identity(
    crew: Crew, board: Storyboard, claims: tuple[Claim, ...], kept: Mapping[str, Take]
) -> tuple[Verdict, ...]:  # fmt: skip
    """Verdicts on the claims of this plan that compare an element with the library; () if there are none.

    Args:
        kept: the take that plays of every shot.
    """
    asked = tuple(claim for claim in claims if claim.other.startswith(LIBRARY))
    return tuple(_verdict(crew, board, claim, kept[claim.shot_id]) for claim in asked)


def shows_reference(take: Take, sha256: str) -> bool:
    """Whether the recipe of a take names the picture among the references that it was made with."""
    references = take.recipe.get("references", ())
    return any(sha256 in (row, row.get("sha256") if isinstance(row, Mapping) else row) for row in references)


def _verdict(crew: Crew, board: Storyboard, claim: Claim, take: Take) -> Verdict:
    try:
        item = crew.memory.shelf.open(claim.other.removeprefix(LIBRARY))
    except UnknownName:
        return _cannot_tell(claim, "it is no longer in the library")
    if getattr(crew.backend, "uses_references", False):
        if not item.sha256:
            return _cannot_tell(claim, "it was kept without a picture")
        if not shows_reference(take, item.sha256):
            return Verdict(
                claim_id=claim.id, outcome="fail", tier="T0", judge="recipe",
                measured=f"the take was made without the reference {item.sha256[:8]}",
            )  # fmt: skip
        shown = f"the reference {item.sha256[:8]} is in the take's recipe"
    else:
        shown = f"{crew.backend.name} draws from the element itself, identity {board.element(claim.element).identity}"
    found = _compared(crew, board, claim, take, item)
    if found is None:
        return _cannot_tell(claim, f"{shown}; there is no footage of it in the library")
    note = f"{shown}; {found.evidence.note}" if found.evidence.note else shown
    return found.model_copy(update={"evidence": found.evidence.model_copy(update={"note": note})})


def _compared(crew: Crew, board: Storyboard, claim: Claim, take: Take, item: LibraryItem) -> Verdict | None:
    """What the examiner says of the two takes; None if the one in the library is gone."""
    filmed = item.origin.get("take")
    if not filmed or not crew.store.holds(filmed["video_sha256"]):
        return None
    there = Take.model_validate(filmed)
    question = claim.model_copy(update={"other": THERE})
    footage = {claim.shot_id: _footage(crew, take), THERE: _footage(crew, there)}
    requests = {
        claim.shot_id: request_for(board, board.shot(claim.shot_id)),
        THERE: _request_there(item, claim.element),
    }
    found = crew.examiner.measure_continuity((question,), footage, requests)
    return found[0] if found else None


def _request_there(item: LibraryItem, called: str) -> ShotRequest:
    """The shot that the element was kept from, with the element called as it is here."""
    board = read_storyboard(item.origin["board"])
    was = str(item.origin["element"])
    names = {e.id: called if e.id == was else f"{e.id}-there"[:40] for e in board.elements}
    document = board.document()
    for element in document["elements"]:
        element["id"] = names[element["id"]]
    for part in document["shots"][0]["parts"]:
        part["element"] = names[part["element"]]
        for action in part["actions"]:
            action["target"] = names.get(action["target"], "")
    document["shots"][0]["lines"] = []
    renamed = read_storyboard(document)
    return request_for(renamed, renamed.shots[0])


def _footage(crew: Crew, take: Take) -> Footage:
    sound = crew.store.path(take.sound_sha256) if take.sound_sha256 else None
    return Footage(video=crew.store.path(take.video_sha256), sound=sound, rate=take.rate, frames=take.frames)


def _cannot_tell(claim: Claim, why: str) -> Verdict:
    return Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", measured=why, evidence=Evidence(note=why))
