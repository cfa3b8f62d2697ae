"""From failed claims to another way of filming the same shot: targeted, small, and said in words.

A revision never changes what the plan promises: it is judged by the claims of the planned shot, so it may only touch
how the promise is kept (seed, light, depth, timing within the shot, strength of the camera move), and never the
subject, colour, setting or length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storyboards.brief import RetakePolicy
from storyboards.claims import Claim, ClaimKind
from storyboards.critique import Critique, Verdict
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, Action, CameraWork, Part, Remake, Shot
from storyboards.storyboard import digest_of


@dataclass(frozen=True)
class Revision:
    """Another way of filming a shot, and why."""

    shot: Shot
    why: str


Remedy = Callable[[Shot, Claim, Verdict], tuple[Shot, str]]


PATIENCE = 2
"""Rounds of takes without a better one after which a shot is left as it is."""


def next_round(
    policy: RetakePolicy, planned: Shot, claims: Sequence[Claim], tried: Sequence[Shot],
    critiques: Sequence[Critique], best: Critique, takes_at_once: int, remakes: bool = False,
) -> list[Revision]:  # fmt: skip
    """The takes of the next round by the policy; none when no take can help. Arguments as in :func:`revise_shot`.

    It depends on the rounds before and on nothing else, so that a run that was killed within a round films the same.
    """
    made = len(tried)
    if policy == "first" or planned.locked:
        return []
    if policy == "random":
        return [
            Revision(reseeded(planned, made + k), f"take {made + k + 1}: another seed, at random")
            for k in range(takes_at_once)
        ]
    revision = revise_shot(planned, claims, tried, critiques, best, -(-made // takes_at_once), remakes)
    return [] if revision is None else [revision, *siblings(revision, made, takes_at_once)]


def first_round(planned: Shot, takes_at_once: int) -> list[Revision]:
    """The planned shot, and beside it the same with other seeds. A shot that a person chose is filmed as it is."""
    first = Revision(planned, "")
    return [first] if planned.locked else [first, *siblings(first, 0, takes_at_once)]


def siblings(revision: Revision, made: int, takes_at_once: int) -> list[Revision]:
    """The same with other seeds, to fill a round."""
    why = revision.why.partition(": ")[2]
    return [
        Revision(
            reseeded(revision.shot, made + k),
            f"take {made + k + 1}: {why + '; ' if why else ''}one of {takes_at_once} seeds",
        )
        for k in range(1, takes_at_once)
    ]


def rounds_without_gain(critiques: Sequence[Critique], best: Critique, takes_at_once: int) -> int:
    """Whole rounds that were filmed since the one that the best take is of."""
    keys = [critique.take_key for critique in critiques]
    return len(keys) // takes_at_once - 1 - keys.index(best.take_key) // takes_at_once


def revise_shot(
    planned: Shot, claims: Sequence[Claim], tried: Sequence[Shot], critiques: Sequence[Critique], best: Critique,
    rounds: int | None = None, remakes: bool = False,
) -> Revision | None:  # fmt: skip
    """What to try next, or None when nothing that failed can be mended by filming again.

    Args:
        planned: the shot of the storyboard; ``claims`` are compiled from it.
        tried: the shots as they were filmed, first to last, with their ``critiques`` in the same order.
        best: the critique of the best take so far: what it breaks, or likely breaks, is what is to be mended.
        rounds: of takes so far, if a round has more than one: remedies grow stronger from round to round.
        remakes: who films can make some of a take anew and keep the rest.
    """
    if planned.locked:
        return None
    by_id = {claim.id: claim for claim in claims}
    base = tried[[critique.take_key for critique in critiques].index(best.take_key)]
    attempt, shot = len(tried), base.model_copy(update={"remake": None})
    turn = attempt if rounds is None else rounds
    words: list[str] = []
    used: dict[ClaimKind, Remedy] = {}
    what = to_remake(shot, [(by_id[v.claim_id], v.is_doubtful) for v in best.wanting]) if remakes else ()
    if what and any(each.remake is not None and each.remake.take == best.take_key for each in tried):
        # Then what is wrong may be something else than what was told.
        shot = reseeded(shot, attempt)
        words.append(f"another seed, since the {' and the '.join(what)} anew brought nothing better")
    elif what:
        shot = reseeded(shot, attempt).model_copy(update={"remake": Remake(take=best.take_key, what=what)})
        words.append(f"only the {' and the '.join(what)} anew, since {_all_found(by_id, best)}")
    for verdict in best.wanting:
        claim = by_id[verdict.claim_id]
        remedies = REMEDIES.get(claim.kind, ()) if not what or claim.kind in ("sound", *OF_THE_VIEW) else ()
        # One remedy for each kind: two claims of a kind would pull the same knob twice.
        if not remedies or claim.kind in used:
            continue
        used[claim.kind] = remedy = remedies[min(turn, len(remedies)) - 1]
        shot, word = remedy(shot, claim, verdict)
        words.append(word)
    if not words:
        return None
    if _another_seed in used.values() or shot in tried:
        shot = reseeded(shot, attempt)
    return None if shot in tried else Revision(shot, f"take {attempt + 1}: " + "; ".join(words))


def to_remake(shot: Shot, wanting: Sequence[tuple[Claim, bool]]) -> tuple[str, ...]:
    """What of a take has to be made anew for what failed; nothing if that is not enough, or is all of it.

    What is only doubted is made anew with it where it can be by itself, and where nothing failed, instead of it.

    A shot that shows a person's picture, the last frame of another shot, or more of a take, is filmed as a whole.

    Args:
        wanting: claims that failed or are doubted, each with whether it is only doubted.
    """
    kinds = {claim.kind for claim, doubted in wanting if claim.kind in REMEDIES and not doubted}
    if is_joined(shot) or kinds - REMADE.keys() - {"sound"}:
        return ()
    what: set[str] = set()
    for claim, _ in wanting:
        for name in REMADE.get(claim.kind, ()):
            whose = [each for each in (claim.element, claim.other) if each] if name in (LOOKS, DEEDS) else [""]
            if claim.kind in OF_THE_VIEW and name == DEEDS:
                whose = [part.element for part in shot.parts]
            what |= {f"{name}{each}" for each in whose}
    everything = {PLACE, LIGHT} | {f"{name}{part.element}" for part in shot.parts for name in (LOOKS, DEEDS)}
    return tuple(sorted(what)) if what < everything else ()


def is_joined(shot: Shot) -> bool:
    """Does it show a person's picture, the last frame of another shot, or more of a take? Then it is filmed whole."""
    return shot.continues or shot.first_frame is not None or shot.patch is not None or shot.grown is not None


def retry_shot(planned: Shot, attempt: int, failure: str) -> Revision:
    """Film the planned shot with another seed, after a backend could not make attempt number ``attempt``."""
    return Revision(reseeded(planned, attempt), f"take {attempt + 1}: another seed, since the backend said: {failure}")


def redo_shot(planned: Shot, takes_made: int) -> Shot:
    """The planned shot with a seed it never had, because a person wants to see another take."""
    return reseeded(planned, takes_made)


def reseeded(shot: Shot, attempt: int) -> Shot:
    """Seed 0 keeps the look of the place from shot to shot, so another one is a remedy and never a side effect."""
    seed = int(digest_of([shot.id, shot.seed, attempt])[:8], 16) % (2**31 - 1) + 1
    return shot.model_copy(update={"seed": seed})


def _another_seed(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    return shot, f"another seed, since {_found(claim, verdict)}"


def _brighter(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    return lit(shot, +0.35), f"more light, since {_found(claim, verdict)}"


def _towards_the_hour(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    darker = claim.expected in ("night", "dusk")
    word = "less" if darker else "more"
    return lit(shot, -0.35 if darker else +0.35), f"{word} light, since {_found(claim, verdict)}"


def _more_exposure(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    step = 0.4 if claim.expected == "brighter" else -0.4
    return lit(shot, step), f"exposure {step:+g} stops, since {_found(claim, verdict)}"


def _nearer(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    parts = tuple(part.model_copy(update={"depth": 0.0}) for part in shot.parts)
    return shot.model_copy(update={"parts": parts}), f"everybody nearer to the camera, since {_found(claim, verdict)}"


def _stronger_move(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    return _with_strength(shot, claim, verdict, min(2.0, shot.camera.strength * 1.5))


def _strongest_move(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    return _with_strength(shot, claim, verdict, 2.0)


def _with_strength(shot: Shot, claim: Claim, verdict: Verdict, strength: float) -> tuple[Shot, str]:
    """A static camera cannot be more static: what is seen to move there is tried as another picture."""
    if claim.expected == "static":
        return _another_seed(shot, claim, verdict)
    return moved(shot, strength), f"the camera move at strength {strength:.2g}, since {_found(claim, verdict)}"


def _gentler_move(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    strength = max(0.25, shot.camera.strength * 0.6)
    return moved(shot, strength), f"a gentler camera move, since {_found(claim, verdict)}"


def _longer_share(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    part = shot.part_of(claim.element)
    if part is None:
        return _another_seed(shot, claim, verdict)
    actions = tuple(_widened(action, part, claim.expected) for action in part.actions)
    changed = part.model_copy(update={"actions": actions})
    parts = tuple(changed if p.element == part.element else p for p in shot.parts)
    return shot.model_copy(update={"parts": parts}), f"more of the shot for it, since {_found(claim, verdict)}"


def _moved_cue(shot: Shot, claim: Claim, verdict: Verdict) -> tuple[Shot, str]:
    """A cue heard late begins as much earlier; one not heard at all is made louder."""
    heard = re.search(r"(-?\d+(?:\.\d+)?)\s*s\b", verdict.measured)
    late_s = float(heard[1]) - claim.number if heard and claim.number is not None else 0.0
    cues, found = [], _found(claim, verdict)
    for cue in shot.sounds:
        if cue.sound == claim.expected and claim.number is not None and abs(cue.at_s - claim.number) < 0.5:
            sooner, louder = {"at_s": max(0.0, round(cue.at_s - late_s, 3))}, {"gain_db": min(12.0, cue.gain_db + 4)}
            cue = cue.model_copy(update=sooner if late_s else louder)
        cues.append(cue)
    word = f"the {claim.expected} {-late_s:+.2f} s" if late_s else f"a louder {claim.expected}"
    return shot.model_copy(update={"sounds": tuple(cues)}), f"{word}, since {found}"


def lit(shot: Shot, stops: float) -> Shot:
    """With more or less light, within bounds."""
    return shot.model_copy(update={"exposure": round(max(-2.0, min(2.0, shot.exposure + stops)), 3)})


def moved(shot: Shot, strength: float) -> Shot:
    """With a camera move of this strength."""
    camera: CameraWork = shot.camera.model_copy(update={"strength": round(strength, 3)})
    return shot.model_copy(update={"camera": camera})


def _widened(action: Action, part: Part, meant: str) -> Action:
    """The action in a row where those that are meant, by verb or direction, have half as much time again.

    The row as a whole keeps its time, and the actions their order.
    """
    if len(part.actions) == 1:
        return action.model_copy(update={"start": 0.0, "end": 1.0})
    spans = [a.end - a.start for a in part.actions]
    wide = [
        span * (1.5 if meant in (a.verb, a.direction) else 1.0) for a, span in zip(part.actions, spans, strict=True)
    ]
    index, scale = part.actions.index(action), sum(spans) / sum(wide)
    start = part.actions[0].start + scale * sum(wide[:index])
    end = min(1.0, start + scale * wide[index])
    return action.model_copy(update={"start": round(start, 4), "end": round(end, 4)})


def _all_found(by_id: dict[str, Claim], best: Critique) -> str:
    found = [_found(by_id[v.claim_id], v) for v in best.wanting if by_id[v.claim_id].kind in REMADE]
    return " and ".join(found)


def _found(claim: Claim, verdict: Verdict) -> str:
    number = "" if claim.number is None else f"{claim.number:g}"
    wanted = claim.expected or number or claim.kind
    is_ = "may be" if verdict.is_doubtful else "is"
    return f"the {claim.kind} should be “{wanted}” and {is_} “{verdict.measured or 'not that'}”"


REMADE: dict[ClaimKind, tuple[str, ...]] = {
    "subject": (LOOKS, DEEDS), "colour": (LOOKS,), "action": (DEEDS,), "direction": (DEEDS,), "relation": (DEEDS,),
    "setting": (PLACE,), "time": (LIGHT, PLACE), "weather": (LIGHT, PLACE),
    "camera": (PLACE, DEEDS), "framing": (PLACE, DEEDS), "count": (PLACE, DEEDS),
}  # fmt: skip
"""What has to be made anew where a claim of a kind failed; kinds that are missing want another take."""

OF_THE_VIEW: tuple[ClaimKind, ...] = ("camera", "framing", "count")
"""What is told of all that is in view: everybody's deeds are made anew for it, and looks and light stay."""

REMEDIES: dict[ClaimKind, tuple[Remedy, ...]] = {
    "subject": (_another_seed, _nearer),
    "count": (_another_seed, _nearer),
    "colour": (_another_seed, _brighter),
    "action": (_longer_share, _gentler_move),
    "direction": (_longer_share, _gentler_move),
    "relation": (_another_seed, _longer_share),
    "camera": (_stronger_move, _strongest_move),
    "framing": (_gentler_move, _nearer),
    "setting": (_another_seed,),
    "time": (_towards_the_hour,),
    "weather": (_another_seed,),
    "exposure": (_more_exposure,),
    "sound": (_moved_cue,),
    "flicker": (_another_seed,),
    "freeze": (_another_seed,),
    "black": (_another_seed, _brighter),
}
"""For each kind what to try first, then next. Kinds that are missing cannot be mended by filming again."""
