"""The repository's own judge of tier T2: a network that watches a film and one that listens to it.

Two instances, the critic and the examiner, were trained apart (``models.judge``): the critic sits in the loop, the
examiner scores what the loop has made. Both see the decoded file and the claims, never the renderer's truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from storyboards.claims import BEGINS_WITH, ONE_VOICE, SOUND_TOLERANCE_S, Claim, ClaimKind, Tier
from storyboards.critique import Evidence, Outcome, Verdict
from storyboards.errors import BadMedia, JudgeFailed
from tools.contract import Footage, ShotRequest
from tools.measure.witness import Witness, witness_of

if TYPE_CHECKING:
    import torch

    from models.judge.answers import Answer
    from models.judge.watch import Watched

ROLES = ("critic", "examiner")
WHY_NOT: dict[ClaimKind, str] = {
    "title": "letters are not read",
    "narration": "words are not understood",
    "continuity": "needs the footage of both shots",
    "music": "music is laid under the whole film",
}
NOT_FOUND = "the subject was not found"
ABOUT_ONE = frozenset({"colour", "action", "direction", "relation"})


@dataclass(frozen=True)
class Looked:
    """A take as it was watched and heard; ``sounds`` are log-odds of onsets (T, sounds), None without sound."""

    seen: Watched
    sounds: torch.Tensor | None


LEFT_OF, SIDES = "left of", "relation: sides"


class OwnJudge:
    """A :class:`tools.contract.Judge` of tier T2. Four seconds take about half a second of one core.

    Args:
        role: ``critic`` or ``examiner``.

    Raises:
        JudgeFailed: the weights are missing or are not what their cards say.
    """

    tier: Tier = "T2"
    hears_appeals = True

    def __init__(self, role: str = "critic") -> None:
        from models.checkpoint import CheckpointRefused
        from models.judge.ear import ear_card, load_ear
        from models.judge.network import WEIGHTS, card_path, load_sight
        from models.judge.trust import load_trust

        self.role = role
        try:
            self._sight, _ = load_sight(card_path(role))
            self._ear = load_ear(ear_card(role))
            marks = tuple(weights_hash(path) for path in (card_path(role), ear_card(role)))
            self._trust = load_trust(WEIGHTS / f"{role}-trust.json", *marks)
        except CheckpointRefused as error:
            raise JudgeFailed(f"the {role} cannot judge: {error}") from error
        self._marks = marks
        self._kept: dict[tuple[object, ...], Looked] = {}

    @property
    def name(self) -> str:
        return self.role

    @cached_property
    def version(self) -> str:
        """Changes with the weights and with the regressions that turn evidence into probabilities."""
        from storyboards.storyboard import digest_of

        kinds = {name: [*kind.weights, kind.bias, kind.deny_below, kind.affirm_above]
                 for name, kind in self._trust.kinds.items()}  # fmt: skip
        return ".".join((*(mark[:12] for mark in self._marks), digest_of(kinds)[:12]))

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        """One verdict per claim, in their order.

        Raises:
            JudgeFailed: the footage cannot be decoded.
        """
        answerable = [claim for claim in claims if fitted_as(claim) in self._trust.kinds and claim.kind in QUESTIONS]
        if not answerable:
            return tuple(self._silent(claim) for claim in claims)
        looked = self.look(footage, request)
        return tuple(self._verdict(claim, evidence(claim, looked, request)) for claim in claims)

    def judge_continuity(
        self, claims: tuple[Claim, ...], footage: dict[str, Footage], requests: dict[str, ShotRequest]
    ) -> tuple[Verdict, ...]:
        """Compare each claim's element in its shot with the same element in the shot that the claim names.

        Raises:
            JudgeFailed: the footage cannot be decoded.
        """
        verdicts = []
        for claim in claims:
            seen = claim.expected not in (BEGINS_WITH, ONE_VOICE) and {claim.shot_id, claim.other} <= footage.keys()
            if seen and "continuity" in self._trust.kinds:
                pair = [self.look(footage[shot], requests[shot]) for shot in (claim.other, claim.shot_id)]
                verdicts.append(self._verdict(claim, continuity(claim, pair[1], pair[0], requests[claim.shot_id])))
            else:
                verdicts.append(self._silent(claim))
        return tuple(verdicts)

    def probabilities(
        self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest
    ) -> tuple[float | None, ...]:
        """P(yes) of each claim, 0 to 1, in their order, also where a verdict would be ``unmeasurable``; None for a
        claim that is not asked of this judge, or whose subject was not found.

        Raises:
            JudgeFailed: the footage cannot be decoded.
        """
        looked = self.look(footage, request)
        return tuple(self._p(claim, evidence(claim, looked, request)) for claim in claims)

    def _p(self, claim: Claim, answer: Answer | None) -> float | None:
        kind = self._trust.kinds.get(fitted_as(claim))
        return None if kind is None or answer is None or not answer.known else kind.p(answer.features)

    def look(self, footage: Footage, request: ShotRequest) -> Looked:
        """Watch and listen, once for each take that is remembered.

        Raises:
            JudgeFailed: the footage cannot be decoded.
        """
        from models.judge.ear import hear
        from models.judge.watch import watch

        witness = witness_of(footage, request)
        try:
            look = witness.look
            wave = _wave(witness)
        except BadMedia as error:
            raise JudgeFailed(f"the take could not be watched: {error}", shot_id=request.shot.id) from error
        key = (footage.video, footage.sound, look.decoded, float(look.frames_THWC[len(look.frames_THWC) // 2].mean()))
        if key not in self._kept:
            seen = watch(self._sight, look.frames_THWC, look.rate_hz / look.step, look.number_T)
            sounds = None if wave is None else hear(self._ear, *wave)
            while len(self._kept) >= 8:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = Looked(seen, sounds)
        return self._kept[key]

    def _verdict(self, claim: Claim, answer: Answer | None) -> Verdict:
        kind = self._trust.kinds.get(fitted_as(claim))
        if answer is None or kind is None:
            return self._silent(claim)
        if not answer.known:
            return self._say(claim, "unmeasurable", NOT_FOUND, 0.0, answer, "")
        p = kind.p(answer.features)
        outcome: Outcome = "fail" if p < kind.deny_below else "pass" if p >= kind.affirm_above else "unmeasurable"
        note = f"P(yes) {p:.2f}; denied below {kind.deny_below:.2f}, affirmed from {kind.affirm_above:.2f}"
        sure = max(p, 1.0 - p) if outcome != "unmeasurable" else 0.0
        said = self._say(claim, outcome, answer.found, sure, answer, note)
        return said.model_copy(update={"probability": round(p, 4)})

    def _silent(self, claim: Claim) -> Verdict:
        return self._say(claim, "unmeasurable", WHY_NOT.get(claim.kind, "not a question for the eye or the ear"), 0.0,
                         None, "")  # fmt: skip

    def _say(
        self, claim: Claim, outcome: Outcome, found: str, sure: float, answer: Answer | None, note: str
    ) -> Verdict:
        evidence_ = Evidence(note=note) if answer is None else Evidence(note=note, frame=answer.frame, box=answer.box)
        if claim.kind == "sound" and outcome == "pass" and claim.number is not None:
            evidence_ = Evidence(note=note, span_s=(max(0.0, claim.number - SOUND_TOLERANCE_S),
                                                    claim.number + SOUND_TOLERANCE_S))  # fmt: skip
        return Verdict(claim_id=claim.id, outcome=outcome, tier=self.tier, measured=found, confidence=round(sure, 3),
                       evidence=evidence_, judge=self.name)  # fmt: skip


def weights_hash(card: object) -> str:
    """sha256 over the hashes of the shards that a card names.

    Raises:
        CheckpointRefused: there is no such card.
    """
    import json
    from pathlib import Path

    from models.checkpoint import CheckpointMissing
    from storyboards.storyboard import digest_of

    path = Path(str(card))
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointMissing(path, "is not there", "`python -m models.judge.train` makes it.") from error
    return digest_of([shard["sha256"] for shard in document["shards"]])


def _wave(witness: Witness) -> tuple[np.ndarray, int] | None:
    from tools.contract import SOUND_RATE_HZ
    from tools.media import read_wave

    if witness.footage.sound is None:
        return None
    return read_wave(witness.footage.sound), SOUND_RATE_HZ


def fitted_as(claim: Claim) -> str:
    """The regression that makes a probability of a claim's evidence: who is left of whom is seen by another thing than
    who chases, meets or rides whom."""
    return SIDES if claim.kind == "relation" and claim.expected == LEFT_OF else claim.kind


def evidence(claim: Claim, looked: Looked, request: ShotRequest) -> Answer | None:
    """What was seen or heard that speaks for the claim; None for a kind that is not asked of this judge."""
    ask = QUESTIONS.get(claim.kind)
    return None if ask is None else ask(claim, looked, request)


def _word(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.of_frame(looked.seen, claim.kind, claim.expected)


def _camera(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.camera(looked.seen, claim.expected)


def _subject(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.subject(looked.seen, claim.expected)


def _count(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.count(looked.seen, round(claim.number or 0))


def _colour(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.colour(looked.seen, _kind(claim.element, request), claim.expected)


def _action(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.action(looked.seen, _kind(claim.element, request), claim.expected, *_when(claim, request))


def _direction(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.direction(looked.seen, _kind(claim.element, request), claim.expected, *_when(claim, request))


def _relation(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    mine, other = _kind(claim.element, request), _kind(claim.other, request)
    if claim.expected == LEFT_OF:
        return answers.left_of(looked.seen, mine, other)
    return answers.together(looked.seen, mine, claim.expected, other, *_when(claim, request))


def _exposure(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge import answers

    return answers.of_frame(looked.seen, "exposure", claim.expected)


def _sound(claim: Claim, looked: Looked, request: ShotRequest) -> Answer:
    from models.judge.answers import Answer
    from models.judge.ear import STEP_S
    from models.world.vocabulary import SOUNDS

    if looked.sounds is None or claim.number is None or claim.expected not in SOUNDS:
        return Answer((0.0, 0.0, 0.0), known=False)
    curves, at = looked.sounds, claim.number / STEP_S
    own = curves[:, SOUNDS.index(claim.expected)]
    reach = (claim.tolerance or SOUND_TOLERANCE_S) / STEP_S
    first, last = max(0, round(at - reach)), min(len(own), round(at + reach) + 1)
    if first >= last:
        return Answer((-8.0, -8.0, 0.0), "after the end of the sound")
    near = float(own[first:last].max())
    around = curves[max(0, first - 6) : last + 6].max(0).values
    loudest = SOUNDS[int(around.argmax())]
    rival = max((float(around[n]) for n, word in enumerate(SOUNDS) if word != claim.expected), default=-8.0)
    heard_s = (first + int(own[first:last].argmax())) * STEP_S
    found = f"{heard_s:.2f} s" if near > 0 else f"{loudest} instead" if float(around.max()) > 0 else "nothing there"
    return Answer((near, float(own.max()), max(-8.0, rival)), found)


QUESTIONS: Mapping[str, Callable[[Claim, Looked, ShotRequest], Answer]] = {
    "setting": _word, "time": _word, "weather": _word, "framing": _word, "exposure": _exposure, "camera": _camera,
    "subject": _subject, "count": _count, "colour": _colour, "action": _action, "direction": _direction,
    "relation": _relation, "sound": _sound,
}  # fmt: skip


def continuity(claim: Claim, looked: Looked, before: Looked, request: ShotRequest) -> Answer:
    """What speaks for the element being the same figure in both shots."""
    from models.judge import answers

    return answers.same(looked.seen, before.seen, claim.expected or _kind(claim.element, request))


def _kind(element: str, request: ShotRequest) -> str:
    """The word of the world that an element is drawn as."""
    return next((each.subject for each in request.elements if each.id == element), element)


def _when(claim: Claim, request: ShotRequest) -> tuple[float, float]:
    """The share of the shot during which the claim's action is planned; all of it if the plan does not say."""
    part = request.shot.part_of(claim.element)
    number = claim.id.rpartition(".")[2]
    if part is None or not number.isdigit() or not 0 < int(number) <= len(part.actions):
        return 0.0, 1.0
    action = part.actions[int(number) - 1]
    return action.start, action.end
