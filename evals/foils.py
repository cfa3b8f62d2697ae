"""Claims that the renderer's truth confirms, and foils: the same claim with one word or number changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.world.performance import SoundEvent, Track
from models.world.render import Film, Truth
from models.world.scene import Scene
from models.world.vocabulary import SOUNDS
from storyboards.claims import SOUND_TOLERANCE_S, Claim, shot_claims
from storyboards.storyboard import Storyboard
from tools.judge_foils import FOIL, random_foil, restate

__all__ = ["FOIL", "Known", "foil_of", "true_claims"]

SEEN_SHARE, SEEN_HEIGHT = 0.3, 0.06
"""An actor is seen in a frame if this share of it is visible and it is this tall (share of the frame)."""


@dataclass(frozen=True)
class Known:
    """What the renderer knows about a film: scene, truth and the actors' tracks."""

    scene: Scene
    truth: Truth
    tracks: tuple[Track, ...]

    @classmethod
    def of(cls, film: Film) -> Known:
        return cls(film.scene, film.truth(), film.stage.performance.tracks)

    def seen_in(self) -> np.ndarray:
        """Which actor can be seen in which frame."""
        boxes = self.truth.boxes_KF4.numpy()
        tall = boxes[..., 3] - boxes[..., 1]
        return (self.truth.visible_KF.numpy() > SEEN_SHARE) & (tall > SEEN_HEIGHT)

    def count(self) -> int:
        """The largest number of actors seen at once in a fifth of the frames."""
        seen = self.seen_in()
        return int(np.quantile(seen.sum(0), 0.8, method="lower")) if len(seen) else 0

    def count_is_clear(self) -> bool:
        """Nobody is a sliver at the edge or half hidden for most of the time."""
        visible = self.truth.visible_KF.numpy()
        return bool((self.seen_in().mean(1) > 0.5).sum() == self.count() == (visible.max(1, initial=0) > 0.05).sum())


def true_claims(board: Storyboard, known: Known, rng: np.random.Generator) -> tuple[Claim, ...]:
    """The plan's claims that the renderer's truth confirms, and some more about sounds that the action causes."""
    planned = [claim for claim in shot_claims(board, board.shots[0]) if _holds(claim, board, known)]
    return (*planned, *_heard(known, rng, {(c.expected, c.number) for c in planned if c.kind == "sound"}))


def _holds(claim: Claim, board: Storyboard, known: Known) -> bool:
    index = {element.id: k for k, element in enumerate(board.elements)}
    seen = known.seen_in()
    who = index.get(claim.element, -1)
    if claim.kind == "colour":
        return bool(seen[who].mean() > 0.25)
    if claim.kind == "count":
        return known.count_is_clear() and known.count() == claim.number
    if claim.kind == "framing":
        return bool(seen.any())
    if claim.kind == "direction":
        return _really_goes(claim, board, known, who)
    if claim.kind == "relation":
        return _really_relates(claim, known, who, index[claim.other])
    if claim.kind == "sound":
        return any(e.sound == claim.expected and abs(e.at_s - (claim.number or 0)) < 0.02 for e in known.truth.events)
    return claim.kind in ("camera", "time", "weather", "duration", "freeze", "black", "flicker")


def _really_goes(claim: Claim, board: Storyboard, known: Known, who: int) -> bool:
    action = board.shots[0].parts[who].actions[int(claim.id.rpartition(".")[2]) - 1]
    x = known.tracks[who].x.numpy()
    start, stop = int(action.start * (len(x) - 1)), int(action.end * (len(x) - 1))
    far = float(x[stop] - x[start])
    seen = known.seen_in()[who, start : stop + 1].mean() > 0.6
    return bool(seen and abs(far) > 0.05 and (far > 0) == (claim.expected == "right"))


def _really_relates(claim: Claim, known: Known, who: int, other: int) -> bool:
    seen = known.seen_in()
    together = seen[who] & seen[other]
    boxes = known.truth.boxes_KF4.numpy()
    middle = 0.5 * (boxes[..., 0] + boxes[..., 2])
    if claim.expected == "left of":
        return bool(together[0] and middle[who, 0] < middle[other, 0] - 0.05)
    if together.mean() < 0.6:
        return False
    if claim.expected == "ride":
        aboard = known.tracks[who].aboard
        return bool(aboard is not None and aboard.mean() > 0.9)
    a, b = known.tracks[who].x.numpy(), known.tracks[other].x.numpy()
    if claim.expected == "meet":
        return bool(abs(a[-1] - b[-1]) < 0.7 * abs(a[0] - b[0]))
    gone, fled = a[-1] - a[0], b[-1] - b[0]
    return bool(min(abs(gone), abs(fled)) > 0.08 and np.sign(gone) == np.sign(fled) == np.sign(np.median(b - a)))


def _heard(known: Known, rng: np.random.Generator, already: set[tuple[str, float | None]]) -> tuple[Claim, ...]:
    """Up to three sounds that the action causes, as claims."""
    last = known.scene.duration_s - 0.3
    events = [e for e in known.truth.events if 0.05 < e.at_s < last and e.gain_db > -12.0]
    events = [e for e in events if not any(e.sound == sound for sound, _ in already)]
    picks = rng.permutation(len(events))[:3]
    return tuple(_sound_claim(events[k], f"caused.{k}") for k in picks)


def _sound_claim(event: SoundEvent, name: str) -> Claim:
    at_s = round(event.at_s, 3)
    text = f"A {event.sound} is heard {at_s:.2f} s into the shot (within {SOUND_TOLERANCE_S:g} s)."
    return Claim(id=f"s1.sound.{name}", kind="sound", text=text, shot_id="s1", expected=event.sound, number=at_s,
                 tolerance=SOUND_TOLERANCE_S)  # fmt: skip


def foil_of(claim: Claim, known: Known, rng: np.random.Generator) -> Claim | None:
    """The claim with one thing changed so that it is false; None where no foil is certain to be false."""
    return _sound_foil(claim, known, rng) if claim.kind == "sound" else random_foil(claim, rng)


def _sound_foil(claim: Claim, known: Known, rng: np.random.Generator) -> Claim | None:
    """Another sound that is nowhere in the clip, or the same one at a time when it is not."""
    heard = {event.sound for event in known.truth.events}
    if rng.random() < 0.5:
        absent = [sound for sound in SOUNDS if sound not in heard]
        return restate(claim, expected=absent[int(rng.integers(len(absent)))])
    for _ in range(20):
        at_s = (claim.number or 0.0) + float(rng.choice([-1, 1])) * float(rng.uniform(0.2, 0.5))
        near = [e for e in known.truth.events if e.sound == claim.expected and abs(e.at_s - at_s) < 0.18]
        if 0.0 <= at_s < known.scene.duration_s - 0.2 and not near:
            return restate(claim, number=round(at_s, 3))
    return None
