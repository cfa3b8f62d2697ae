"""Edits of the camera: its move, its framing, how strongly it moves."""

from __future__ import annotations

from agent.edit_language import Clause, find
from agent.edits import Draft
from storyboards.shot import CameraWork


def camera(draft: Draft, clause: Clause) -> bool:
    if clause.has("music|narrator"):
        return False
    move = _move(clause)
    if move is None:
        return False
    for shot in draft.meant(clause):
        heading = next(
            (a.direction for p in shot.parts for a in p.actions if a.direction in ("left", "right")), "right"
        )
        fresh = f"truck {heading}" if move == "track" else move
        draft.change(
            shot, f"camera {shot.camera.move} → {fresh}", camera=shot.camera.model_copy(update={"move": fresh})
        )
    return True


def _move(clause: Clause) -> str | None:
    if clause.has(
        "no camera (?:move|movement|motion)|camera (?:stays|stand|holds) still|(?:don't|do not) move the "
        "camera|still camera|fix(?:ed)? the camera|static"
    ):
        return "static"
    text = clause.text
    found = find("camera", text)
    said = clause.has("(?:camera|pan|tilt|dolly|zoom|crane|truck|track)s?(?:ning|ing)?")
    if found is None or (
        not said
        and not clause.has("handheld|hand-held|drone|aerial|whip|roll|bolt|push in|pull (?:out|back)|steadicam|static")
    ):
        return None
    value = found[0].value
    toward = clause.has("left|right|up|down|in|out|back|closer")
    kind = clause.has("pan|tilt|crane|truck|dolly|zoom")
    if toward and kind:
        made = {"zoom": "dolly"}.get(kind.group().lower(), kind.group().lower())
        way = {"back": "out", "closer": "in"}.get(toward.group().lower(), toward.group().lower())
        value = f"{made} {way}" if f"{made} {way}" in _KNOWN_MOVES else value
    return value


_KNOWN_MOVES = frozenset(
    (
        "pan left",
        "pan right",
        "tilt up",
        "tilt down",
        "dolly in",
        "dolly out",
        "truck left",
        "truck right",
        "crane up",
        "crane down",
    )
)


_BARE_FRAMINGS = {
    "wide": "wide",
    "total": "wide",
    "detail": "close",
    "medium": "medium",
    "close": "close",
    "tight": "close",
}


def framing(draft: Draft, clause: Clause) -> bool:
    step = (
        -1 if clause.has("closer|tighter|nearer") else 1 if clause.has("wider|farther|further away|further back") else 0
    )
    found = find("framing", clause.text)
    bare = clause.has("wide|total|detail|medium|close|tight") if step == 0 else None
    exact = (
        _BARE_FRAMINGS[bare.group().lower()]
        if bare
        else found[0].value
        if found and clause.has(r"close[- ]?ups?|close|wide|medium|detail|total|tight|framing|long shot|full|macro")
        else ""
    )
    if clause.has("camera") and step:
        return False
    if not exact and not step:
        return False
    if not exact and not clause.shots and not clause.every and not clause.has("shots?|it|framing"):
        return False
    order = ("close", "medium", "wide")
    for shot in draft.meant(clause):
        fresh = exact or order[min(2, max(0, order.index(shot.camera.framing) + step))]
        draft.change(
            shot, f"framing {shot.camera.framing} → {fresh}", camera=shot.camera.model_copy(update={"framing": fresh})
        )
    return True


def still(draft: Draft, clause: Clause) -> bool:
    """ "Slower camera", "less camera movement"."""
    if not clause.has("camera|zoom|pan|move"):
        return False
    slower, faster = clause.has("slower|less|gentler|calmer|subtler"), clause.has("faster|more|stronger|quicker")
    if not (slower or faster) or _move(clause):
        return False
    for shot in draft.meant(clause):
        level = round(min(2.0, max(0.25, shot.camera.strength * (0.6 if slower else 1.5))), 2)
        draft.change(shot, f"camera strength {shot.camera.strength:g} → {level:g}", camera=CameraWork(
            move=shot.camera.move, framing=shot.camera.framing, strength=level))  # fmt: skip
    return True
