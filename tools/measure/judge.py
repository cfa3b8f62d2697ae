"""The judge that measures: one verdict for every claim about a shot, from its decoded pixels and its sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from storyboards.claims import Claim, ClaimKind
from storyboards.critique import Verdict
from storyboards.errors import BadMedia, JudgeFailed
from tools.contract import Footage, ShotRequest
from tools.measure import pictures, place, technical
from tools.measure.camera_claim import camera
from tools.measure.verdicts import JUDGE, cannot_tell
from tools.measure.witness import Witness, witness_of

if TYPE_CHECKING:
    from models.finder import Finder

Answer = Callable[[Claim, Witness], Verdict]

ANSWERS: dict[ClaimKind, Answer] = {
    "subject": pictures.subject, "count": pictures.count, "colour": pictures.colour, "direction": pictures.direction,
    "relation": pictures.relation, "framing": pictures.framing, "camera": camera, "time": place.time,
    "weather": place.weather, "exposure": place.exposure, "sound": technical.sound, "duration": technical.duration,
    "freeze": technical.freeze, "black": technical.black, "flicker": technical.flicker,
}  # fmt: skip
WHY_NOT: dict[ClaimKind, str] = {
    "setting": "places are not told apart by measurement",
    "action": "actions are not told apart by measurement",
    "narration": "words are laid under the picture in the cut; a take has none",
    "title": "titles are set in the cut; a take has none",
    "music": "music is laid under the whole film",
    "continuity": "needs the footage of both shots (measure_continuity)",
}


RULES_VERSION = "4"


class Measurements:
    """A :class:`tools.contract.Judge` of tiers T0 and T1.

    It knows the claims, the request and the footage's files, nothing else; the finder's weights are loaded when the
    first picture is looked at. Four seconds at 1280×720 take about a second and a half on one core.
    """

    name = JUDGE

    def __init__(self, finder: Finder | None = None) -> None:
        self._finder = finder

    @property
    def version(self) -> str:
        """Changes with the rules and with the finder's weights, so that remembered verdicts are asked for again."""
        import json

        import models

        card = json.loads((Path(models.__file__).parent / "weights" / "finder.json").read_text(encoding="utf-8"))
        return f"{RULES_VERSION}.{card['sha256'][:16]}"

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        """One verdict per claim, in their order.

        Raises:
            JudgeFailed: the footage cannot be decoded, or the finder's weights are not what they should be.
        """
        from models.finder import WeightsDiffer

        seen = witness_of(footage, request, self._finder)
        try:
            return tuple(self._answer(claim, seen) for claim in claims)
        except (BadMedia, WeightsDiffer) as error:
            raise JudgeFailed(f"the take could not be measured: {error}", shot_id=request.shot.id) from error

    def _answer(self, claim: Claim, seen: Witness) -> Verdict:
        answer = ANSWERS.get(claim.kind)
        if answer is None:
            return cannot_tell(claim, WHY_NOT.get(claim.kind, "a claim about the whole film"))
        return answer(claim, seen)
