"""From a watched shot to answers: for each question the log-odds of yes, and where that was seen.

Questions are asked in the world's words. Log-odds are raw; :mod:`models.judge.trust` makes probabilities of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.judge.shapes import COUNTS, NOBODY, QUESTIONS
from models.judge.watch import Somebody, Stretch, Watched
from models.reader_parts import WAYS
from models.world.vocabulary import ACTIONS, CAMERA_MOVES, COLOURS, SUBJECTS

MOST_ODDS = 10.0
NOT_SEEN = -6.0
_NAMES, _TINTS = list(SUBJECTS), list(COLOURS)


@dataclass(frozen=True)
class Answer:
    """Evidence for yes.

    Attributes:
        features: numbers that speak for yes the larger they are; the first are log-odds.
        found: the likeliest word instead, or what was seen.
        frame: where it is seen best; box: of whom, as shares of the frame.
        known: False where nothing was there to be asked about, so that no answer means anything.
    """

    features: tuple[float, ...]
    found: str = ""
    frame: int | None = None
    box: tuple[float, float, float, float] | None = None
    known: bool = True


def odds(log_p: torch.Tensor) -> float:
    """Log-odds of a log-probability, within ± ``MOST_ODDS``."""
    p = log_p.double().clamp(max=-1e-7)
    return float((p - torch.log(-torch.expm1(p))).clamp(-MOST_ODDS, MOST_ODDS))


def of_frame(seen: Watched, question: str, word: str) -> Answer:
    """A question of ``QUESTIONS`` about the shot as a whole."""
    words = QUESTIONS[question]
    every = torch.cat([stretch.words[question] for stretch in seen.stretches])
    frames = torch.cat([stretch.frames_M for stretch in seen.stretches])
    mean = every.mean(0).log_softmax(-1)
    at = int(every[:, words.index(word)].argmax())
    share = float((every.argmax(-1) == words.index(word)).float().mean())
    return Answer((odds(mean[words.index(word)]), 2.0 * share - 1.0), words[int(mean.argmax())], int(frames[at]))


def camera(seen: Watched, move: str) -> Answer:
    """The camera's move over the shot."""
    mean = torch.stack([stretch.moves_K for stretch in seen.stretches]).mean(0).log_softmax(-1)
    middle = seen.stretches[len(seen.stretches) // 2].frames_M
    return Answer((odds(mean[CAMERA_MOVES.index(move)]),), CAMERA_MOVES[int(mean.argmax())],
                  int(middle[len(middle) // 2]))  # fmt: skip


def subject(seen: Watched, name: str) -> Answer:
    """Somebody of this kind is in the shot."""
    found = [(odds(who.who_K[_NAMES.index(name)]), who, stretch) for stretch, who in _everybody(seen)]
    if not found:
        return Answer((NOT_SEEN, 0.0), "nobody")
    best, who, stretch = max(found, key=lambda row: row[0])
    frame, box = _best_view(who, stretch)
    return Answer((best, _presence(who)), _kind(who) if best < 0 else name, frame, box)


def count(seen: Watched, number: int) -> Answer:
    """So many subjects are in the shot."""
    every = torch.cat([stretch.words["count"] for stretch in seen.stretches])
    place = min(number, len(COUNTS) - 1)
    mean = every.mean(0).log_softmax(-1)
    share = every.exp().mean(0)
    people = max(sum(_presence(who) > 0.3 for who in stretch.people if _is_somebody(who)) for stretch in seen.stretches)
    frames = torch.cat([stretch.frames_M for stretch in seen.stretches])
    return Answer(
        (odds(mean[place]), float(share[place]) * 2.0 - 1.0, 1.0 if people == number else -1.0), str(people),
        int(frames[int(every[:, place].argmax())]),
    )  # fmt: skip


def colour(seen: Watched, name: str, tint: str) -> Answer:
    """The subject has this colour."""
    cast = _cast(seen, name)
    if not cast:
        return Answer((0.0, 0.0), known=False)
    place = _TINTS.index(tint)
    mixed = torch.logsumexp(torch.stack([weight.log() + who.tint_K for weight, who, _ in cast]), 0)
    best = max(cast, key=lambda row: float(row[0] + row[1].tint_K[place].exp()))
    frame, box = _best_view(best[1], best[2])
    others = mixed.clone()
    others[place] = -20.0
    return Answer((odds(mixed[place]), float((mixed[place] - others.max()).clamp(-8, 8))),
                  _TINTS[int(mixed.argmax())], frame, box)  # fmt: skip


def action(seen: Watched, name: str, verb: str, start: float = 0.0, end: float = 1.0) -> Answer:
    """The subject does this during this share of the shot."""
    return _during(seen, name, "deeds_MK", list(ACTIONS), verb, start, end)


def direction(seen: Watched, name: str, way: str, start: float = 0.0, end: float = 1.0) -> Answer:
    """The subject moves ``left`` or ``right`` during this share of the shot, rather than the other way."""
    said = _during(seen, name, "ways_MK", list(WAYS), way, start, end)
    if not said.known:
        return said
    other = _during(seen, name, "ways_MK", list(WAYS), "left" if way == "right" else "right", start, end)
    return Answer((said.features[0] - other.features[0], said.features[1] - other.features[1]), said.found, said.frame,
                  said.box)  # fmt: skip


def left_of(seen: Watched, name: str, other: str) -> Answer:
    """At the start one subject is left of the other."""
    stretch = seen.stretches[0]
    mine, theirs = (_most_like(stretch, kind) for kind in (name, other))
    if mine is None or theirs is None or mine is theirs:
        return Answer((0.0,), known=False)
    both = torch.nonzero(mine.there_M & theirs.there_M).flatten()
    first = int(both[0]) if len(both) else 0
    a, b = mine.boxes_M4[first], theirs.boxes_M4[first]
    gap = float(0.5 * (b[0] + b[2]) - 0.5 * (a[0] + a[2]))
    box = tuple(round(float(v), 4) for v in a)
    return Answer((gap * 12.0,), f"{name if gap > 0 else other} is left", int(stretch.frames_M[first]),
                  (box[0], box[1], box[2], box[3]))  # fmt: skip


def together(seen: Watched, name: str, verb: str, other: str, start: float = 0.0, end: float = 1.0) -> Answer:
    """One subject chases, meets or rides the other."""
    mine, theirs = action(seen, name, verb, start, end), action(seen, other, verb, start, end)
    there = subject(seen, other)
    if not mine.known:
        return mine
    against = theirs.features[0] if theirs.known else NOT_SEEN
    return Answer((mine.features[0], mine.features[0] - against, there.features[0]), mine.found, mine.frame, mine.box)


def same(seen: Watched, before: Watched, name: str) -> Answer:
    """The subject is the same figure in both shots."""
    mine, theirs = _cast(seen, name), _cast(before, name)
    if not mine or not theirs:
        return Answer((0.0, 0.0), known=False)
    best = max(((a, b) for a in mine for b in theirs), key=lambda pair: float(pair[0][0] * pair[1][0]))
    (_, who, stretch), (_, then, _) = best
    alike = float((who.print_C * then.print_C).sum())
    tints = float((who.tint_K.exp() * then.tint_K.exp()).sum().clamp_min(1e-4).log())
    frame, box = _best_view(who, stretch)
    return Answer((6.0 * (alike - 0.6), tints), f"likeness {alike:.2f}", frame, box)


def _during(seen: Watched, name: str, what: str, words: Sequence[str], word: str, start: float, end: float) -> Answer:
    cast = _cast(seen, name)
    place, total = words.index(word), max(1, seen.frames)
    rows = []
    for weight, who, stretch in cast:
        share = (stretch.frames_M.float() + 0.5) / total
        inside = (share >= start - 1e-6) & (share <= end + 1e-6) & who.there_M
        if bool(inside.any()):
            said: torch.Tensor = getattr(who, what)[inside]
            rows.append((weight, said, stretch.frames_M[inside], who.boxes_M4[inside]))
    if not rows:
        return Answer((0.0, 0.0), known=False)
    total_weight = sum(float(row[0]) for row in rows)
    mean = torch.logsumexp(torch.stack([(r[0] / total_weight).log() + r[1].mean(0).log_softmax(-1) for r in rows]), 0)
    top = max(rows, key=lambda row: float(row[0]))
    at = int(top[1][:, place].argmax())
    most = max(float(row[1][:, place].exp().mean()) for row in rows)
    box = tuple(round(float(v), 4) for v in top[3][at])
    return Answer((odds(mean[place]), 2.0 * most - 1.0), words[int(mean.argmax())] or "still", int(top[2][at]),
                  (box[0], box[1], box[2], box[3]))  # fmt: skip


def _everybody(seen: Watched) -> list[tuple[Stretch, Somebody]]:
    return [(stretch, who) for stretch in seen.stretches for who in stretch.people]


def _cast(seen: Watched, name: str) -> list[tuple[torch.Tensor, Somebody, Stretch]]:
    """Whoever may be the subject, with weights that add up to 1: by how like it they are and how long they are seen."""
    rows = [(who.who_K[_NAMES.index(name)].exp().clamp_min(1e-4) * (0.2 + _presence(who)), who, stretch)
            for stretch, who in _everybody(seen)]  # fmt: skip
    total = sum(float(row[0]) for row in rows)
    return [(weight / total, who, stretch) for weight, who, stretch in rows] if total > 0 else []


def _most_like(stretch: Stretch, name: str) -> Somebody | None:
    place = _NAMES.index(name)
    return max(stretch.people, key=lambda who: float(who.who_K[place]), default=None)


def _presence(who: Somebody) -> float:
    return float(who.there_M.float().mean())


def _is_somebody(who: Somebody) -> bool:
    return float(who.who_K[NOBODY].exp()) < 0.5


def _kind(who: Somebody) -> str:
    return _NAMES[int(who.who_K[:NOBODY].argmax())]


def _best_view(who: Somebody, stretch: Stretch) -> tuple[int, tuple[float, float, float, float]]:
    at = int(who.strength_M.argmax())
    x0, y0, x1, y1 = (round(min(1.0, max(0.0, float(v))), 4) for v in who.boxes_M4[at])
    return int(stretch.frames_M[at]), (x0, y0, x1, y1)
