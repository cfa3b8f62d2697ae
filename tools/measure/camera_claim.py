"""The claim about the camera's move."""

from __future__ import annotations

from storyboards.claims import Claim
from storyboards.critique import Verdict
from tools.measure.camera import PAIRED, possible_moves
from tools.measure.verdicts import cannot_tell, passed, say
from tools.measure.witness import Witness

FAMILY_CONFIDENCE = 0.55


def camera(claim: Claim, seen: Witness) -> Verdict:
    """A move that is not consistent with the measured flow fails. Where turn and travel cannot be told apart, the
    direction is what is confirmed, with a lower confidence; that one was taken for the other is no failure."""
    if len(seen.look.frames_THWC) < 6:
        return cannot_tell(claim, "too few frames to see a move")
    reading = seen.camera
    shot = seen.request.shot
    moves = possible_moves(reading, shot.weather, shot.setting)
    span = (0.0, seen.look.duration_s)
    if not moves:
        return cannot_tell(claim, f"too little scenery to follow ({reading})")
    words = " or ".join(sorted(moves))
    if claim.expected not in moves and any({claim.expected, *moves} <= set(pair) for pair in PAIRED.values()):
        why = f"the direction is right; whether it turns or travels hangs on how far what is seen is away ({reading})"
        return cannot_tell(claim, why, words)
    if claim.expected not in moves:
        return say(claim, "fail", words, 0.9 if len(moves) == 1 else 0.75, note=str(reading), span_s=span)
    if len(moves) == 1:
        return say(claim, passed(True), words, 0.9, note=str(reading), span_s=span)
    if any(moves == frozenset(pair) for pair in PAIRED.values()):
        return say(claim, passed(True), words, FAMILY_CONFIDENCE, span_s=span,
                   note=f"the direction is sure; near and far cannot be seen apart ({reading})")  # fmt: skip
    return cannot_tell(claim, str(reading), words)
