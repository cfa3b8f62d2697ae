"""Claims about the file and the picture as such, and about what is heard."""

from __future__ import annotations

from storyboards.claims import SOUND_TOLERANCE_S, Claim
from storyboards.critique import Verdict
from tools.measure import steadiness
from tools.measure.listening import GOOD, SERIAL, listen_in
from tools.measure.verdicts import cannot_tell, passed, say
from tools.measure.witness import Witness

RIVAL_MAY_LEAD, RIVAL_RULES_OUT, TOO_FAINT = 0.0, 0.30, 0.52
FAINT_STEP, CLEAR_STEP = 0.40, 0.66
"""The same for single steps and flaps, which louder sounds cover and shuffles resemble."""
SILENT_DB = -62.0


def duration(claim: Claim, seen: Witness) -> Verdict:
    """Frames that the file holds, less the handle that was asked for."""
    handle = seen.request.handle_frames
    frames = seen.decoded - handle
    right = claim.number is not None and abs(frames - claim.number) <= (claim.tolerance or 0)
    note = f"{seen.decoded} frames in the file" + (f", {handle} of them the handle" if handle else "")
    return say(claim, passed(right), f"{frames} frames, {frames / seen.look.rate_hz:.3f} s", tier="T0", note=note)


def freeze(claim: Claim, seen: Witness) -> Verdict:
    fault = steadiness.find_freeze(seen.look.frames_THWC, seen.look.rate_hz / seen.look.step)
    measured = f"longest standstill {fault.measure:.2f} s"
    return _fault(claim, seen, fault, measured)


def black(claim: Claim, seen: Witness) -> Verdict:
    fault = steadiness.find_black(seen.look.frames_THWC)
    return _fault(claim, seen, fault, f"the darkest frame's highlights are at {fault.measure:.0f} of 255")


def flicker(claim: Claim, seen: Witness) -> Verdict:
    fault = steadiness.find_flicker(seen.look.frames_THWC)
    return _fault(claim, seen, fault, f"{fault.measure:.0%} of the frames jump in brightness")


def _fault(claim: Claim, seen: Witness, fault: steadiness.Fault, measured: str) -> Verdict:
    if len(seen.look.frames_THWC) < 5:
        return cannot_tell(claim, "too few frames")
    if not fault.found:
        return say(claim, "pass", measured, 0.95)
    numbers = seen.look.number_T
    first = int(numbers[min(fault.start, len(numbers) - 1)])
    last = int(numbers[min(fault.stop, len(numbers)) - 1])
    rate = seen.look.rate_hz
    return say(claim, "fail", measured, 0.95, frame=first, span_s=(first / rate, (last + 1) / rate))


def sound(claim: Claim, seen: Witness) -> Verdict:
    """Is the word heard, and within the tolerance of its time? The lag in the evidence is positive for late sounds."""
    planned = claim.number or 0.0
    if seen.levels.shape[1] == 0:
        return say(claim, "fail", "there is no sound", 1.0)
    heard = listen_in(seen.levels, claim.expected, planned)
    span = (max(0.0, heard.at_s - 0.02), heard.at_s + 0.15)
    if heard.level_db < SILENT_DB:
        return say(claim, "fail", "silence", 0.95, span_s=(planned, planned + 0.5))
    lead = heard.rival_score - heard.score
    lag_ms = 1000.0 * (heard.at_s - planned)
    note = f"match {heard.score:.2f}, next best {heard.rival} {heard.rival_score:.2f}, lag {lag_ms:+.0f} ms"
    serial = claim.expected in SERIAL
    if heard.score < (FAINT_STEP if serial else TOO_FAINT) or (lead > RIVAL_RULES_OUT and not serial):
        return say(claim, "fail", f"not heard; nearest is {heard.rival}", min(0.95, 0.5 + lead), note=note,
                   span_s=(max(0.0, planned - 0.5), planned + 0.5))  # fmt: skip
    if heard.score < (CLEAR_STEP if serial else GOOD) or lead > RIVAL_MAY_LEAD:
        return cannot_tell(claim, note, f"{claim.expected} or {heard.rival}")
    right = abs(heard.at_s - planned) <= (claim.tolerance or SOUND_TOLERANCE_S) + 0.005
    if not right and (heard.score_there > GOOD - 0.1 if serial else heard.score_there > heard.score - 0.1):
        return cannot_tell(claim, note, f"{heard.at_s:.2f} s, and fainter at the planned time")
    return say(claim, passed(right), f"{heard.at_s:.2f} s ({lag_ms:+.0f} ms)", heard.score, note=note, span_s=span)
