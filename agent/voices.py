"""Does a character speak with one voice through the whole film: by the recipe of every line that is heard."""

from __future__ import annotations

from agent.crew import Crew
from storyboards.claims import ONE_VOICE, Claim
from storyboards.critique import Verdict
from storyboards.storyboard import Storyboard
from storyboards.timeline import Timeline


def judge_voices(crew: Crew, board: Storyboard, claims: tuple[Claim, ...], timeline: Timeline) -> tuple[Verdict, ...]:
    """One verdict (T0) for each claim about a voice; unmeasurable where a line is silent or its recipe not known.

    That the voice sounds as its name says is not looked into.
    """
    asked = tuple(claim for claim in claims if claim.expected == ONE_VOICE)
    return tuple(_verdict(crew, board, claim, timeline) for claim in asked)


def _verdict(crew: Crew, board: Storyboard, claim: Claim, timeline: Timeline) -> Verdict:
    told: dict[str, list[set[str]]] = {}
    for shot_id in (claim.other, claim.shot_id):
        told[shot_id] = _voices(crew, board, claim.element, shot_id, timeline)
        if not told[shot_id] or set() in told[shot_id]:
            return _said(claim, "unmeasurable", f"which voice speaks in shot {shot_id} is not known")
    common = set.intersection(*(voices for rows in told.values() for voices in rows))
    if common:
        return _said(claim, "pass", f"the voice {min(common)!r} in both")
    words = (f"{', '.join(sorted(set().union(*rows)))} in shot {shot_id}" for shot_id, rows in told.items())
    return _said(claim, "fail", "; ".join(words))


def _voices(crew: Crew, board: Storyboard, element: str, shot_id: str, timeline: Timeline) -> list[set[str]]:
    """For each line of the element in a shot the voices that it may have been made in; none if a line is silent."""
    lines = sorted((line for line in board.shot(shot_id).lines if line.text.strip()), key=lambda line: line.at_s)
    heard = [clip for clip in timeline.sound if clip.track == "dialogue" and clip.shot_id == shot_id]
    if len(heard) != len(lines):
        return []
    pairs = zip(lines, sorted(heard, key=lambda clip: clip.at_s), strict=True)
    made = [crew.memory.stems.heard(clip.sha256) for line, clip in pairs if line.speaker == element]
    return [{str(stem.document["voice"]) for stem in stems if "voice" in stem.document} for stems in made]


def _said(claim: Claim, outcome: str, measured: str) -> Verdict:
    return Verdict.model_validate(
        {"claim_id": claim.id, "outcome": outcome, "tier": "T0", "measured": measured, "judge": "recipe"}
    )
