"""What a plan caught of a brief, and what it missed, against facts a person wrote down beside the brief.

Run ``python -m evals.brief_checks`` for the first table of ``docs/briefs.md`` and
``python -m evals.brief_checks evals/briefs/held_out`` for the second.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.plan import Planner
from storyboards.brief import ASPECTS, Brief
from storyboards.storyboard import Storyboard

BRIEFS = Path(__file__).parent / "briefs"


@dataclass(frozen=True)
class Fact:
    """One expected thing and whether the plan has it. ``told`` says what was expected in words."""

    told: str
    caught: bool


@dataclass(frozen=True)
class Case:
    """A brief with the facts that a good plan of it keeps."""

    name: str
    text: str
    expected: dict[str, Any]


def cases(folder: Path = BRIEFS) -> list[Case]:
    """Every ``NAME.txt`` with its ``NAME.yaml``."""
    import yaml

    return [
        Case(
            file.stem,
            file.read_text(encoding="utf-8"),
            yaml.safe_load(file.with_suffix(".yaml").read_text(encoding="utf-8")) or {},
        )
        for file in sorted(folder.glob("*.txt"))
    ]


def check(board: Storyboard, expected: dict[str, Any]) -> list[Fact]:
    """One fact for each expectation.

    Raises:
        KeyError: an expectation of a kind that is not known.
    """
    return [fact for kind, wanted in expected.items() for fact in _CHECKS[kind](board, wanted)]


def _elements(board: Storyboard, subject: str) -> list[str]:
    return [element.id for element in board.elements if element.subject == subject]


def _subjects(board: Storyboard, wanted: dict[str, int]) -> Iterator[Fact]:
    for subject, count in wanted.items():
        ids = set(_elements(board, subject))
        most = max((sum(part.element in ids for part in shot.parts) for shot in board.shots), default=0)
        yield Fact(f"{count} {subject}", most == count if count > 1 else len(ids) >= 1)


def _absent(board: Storyboard, wanted: list[str]) -> Iterator[Fact]:
    for subject in wanted:
        yield Fact(f"no {subject}", not _elements(board, subject))


def _colours(board: Storyboard, wanted: dict[str, str]) -> Iterator[Fact]:
    for subject, colour in wanted.items():
        yield Fact(f"{colour} {subject}", any(e.colour == colour for e in board.elements if e.subject == subject))


def _wears(board: Storyboard, wanted: dict[str, dict[str, str]]) -> Iterator[Fact]:
    for subject, worn in wanted.items():
        for name, colour in worn.items():
            found = any(
                w.name == name and colour in ("", w.colour)
                for e in board.elements
                if e.subject == subject
                for w in e.wears
            )
            yield Fact(f"{subject} with {colour or 'a'} {name}", found)


def _in_order(words: list[str], found: list[str]) -> bool:
    rest = iter(found)
    return all(word in rest for word in words)


def _ordered(field: str) -> Callable[[Storyboard, list[str]], Iterator[Fact]]:
    def checked(board: Storyboard, wanted: list[str]) -> Iterator[Fact]:
        found = [getattr(shot, field) for shot in board.shots]
        for word in dict.fromkeys(wanted):
            yield Fact(f"{field} {word}", word in found)
        if len(wanted) > 1:
            yield Fact(f"{field} in order {' → '.join(wanted)}", _in_order(wanted, found))

    return checked


def _deeds(board: Storyboard, subject: str) -> list[str]:
    ids = set(_elements(board, subject))
    return [
        action.verb for shot in board.shots for part in shot.parts if part.element in ids for action in part.actions
    ]


def _verbs(board: Storyboard, wanted: dict[str, list[str]]) -> Iterator[Fact]:
    for subject, verbs in wanted.items():
        for verb in verbs:
            yield Fact(f"{subject}: {verb}", verb in _deeds(board, subject))


def _never(board: Storyboard, wanted: dict[str, list[str]]) -> Iterator[Fact]:
    for subject, verbs in wanted.items():
        for verb in verbs:
            yield Fact(f"{subject} never: {verb}", verb not in _deeds(board, subject))


def _directions(board: Storyboard, wanted: dict[str, str]) -> Iterator[Fact]:
    for subject, direction in wanted.items():
        ids = set(_elements(board, subject))
        found = {
            a.direction
            for shot in board.shots
            for p in shot.parts
            if p.element in ids
            for a in p.actions
            if a.direction
        }
        yield Fact(f"{subject} to the {direction}", found == {direction})


def _sounds(board: Storyboard, wanted: list[str]) -> Iterator[Fact]:
    for sound in wanted:
        yield Fact(f"sound {sound}", any(cue.sound == sound for shot in board.shots for cue in shot.sounds))


def _spoken(board: Storyboard, wanted: dict[str, str]) -> Iterator[Fact]:
    subjects = {element.id: element.subject for element in board.elements}
    for subject, words in wanted.items():
        found = any(
            words in line.text and subjects.get(line.speaker) == subject for shot in board.shots for line in shot.lines
        )
        yield Fact(f"{subject} says “{words}”", found)


def _narrated(board: Storyboard, wanted: list[str]) -> Iterator[Fact]:
    told = " ".join(line.text for shot in board.shots for line in shot.lines)
    for words in wanted:
        yield Fact(f"narration “{words}”", words in told)


def _reported(board: Storyboard, wanted: list[str]) -> Iterator[Fact]:
    told = " ".join(str(note) for note in board.substitutions).lower()
    for words in wanted:
        yield Fact(f"reported {words}", words.lower() in told)


def _one(told: str, holds: bool) -> Iterator[Fact]:
    yield Fact(told, holds)


def _seconds(board: Storyboard, wanted: list[float]) -> Iterator[Fact]:
    found = [board.rate.seconds(shot.frames) for shot in board.shots]
    yield Fact(f"shots of {', '.join(f'{s:g}' for s in wanted)} s", found == [float(s) for s in wanted])


def _framings(board: Storyboard, wanted: dict[int, str]) -> Iterator[Fact]:
    for number, framing in wanted.items():
        yield Fact(
            f"shot {number} {framing}", len(board.shots) >= number and board.shots[number - 1].camera.framing == framing
        )


_CHECKS: dict[str, Callable[[Storyboard, Any], Iterator[Fact]]] = {
    "subjects": _subjects,
    "absent": _absent,
    "colours": _colours,
    "wears": _wears,
    "settings": _ordered("setting"),
    "times": _ordered("time"),
    "weathers": _ordered("weather"),
    "verbs": _verbs,
    "never": _never,
    "directions": _directions,
    "sounds": _sounds,
    "spoken": _spoken,
    "narrated": _narrated,
    "reported": _reported,
    "seconds": _seconds,
    "framings": _framings,
    "music": lambda b, w: _one(f"music {w}", (b.music.mood if b.music else "none") == w),
    "style": lambda b, w: _one(f"style {w}", b.style == w),
    "language": lambda b, w: _one(f"language {w}", b.language == w),
    "aspect": lambda b, w: _one(f"aspect {w}", (b.width, b.height) == ASPECTS[w]),
    "duration_s": lambda b, w: _one(f"{w} s", b.frames == b.rate.frames(w)),
    "shots": lambda b, w: _one(f"{w} shots", len(b.shots) == w),
    "min_shots": lambda b, w: _one(f"at least {w} shots", len(b.shots) >= w),
    "title_last": lambda b, w: _one(f"title “{w}” at the end", b.shots[-1].title == w),
    "silent": lambda b, w: _one("no spoken words", w == (not any(shot.lines for shot in b.shots))),
}


async def run(planner: Planner, folder: Path = BRIEFS) -> list[tuple[Case, Storyboard, list[Fact]]]:
    """Plan every brief of a folder and check it."""
    results = []
    for case in cases(folder):
        board = await planner.plan(Brief(text=case.text))
        results.append((case, board, check(board, case.expected)))
    return results


def table(results: list[tuple[Case, Storyboard, list[Fact]]]) -> str:
    """A markdown table: facts caught of all, what was missed, what was replaced."""
    rows = [
        "| brief | shots | seconds | caught | missed | replaced or left out, and said so |",
        "|---|---|---|---|---|---|",
    ]
    for case, board, facts in results:
        missed = "; ".join(fact.told for fact in facts if not fact.caught) or "–"
        told = (
            "; ".join(f"{note.asked} → {note.drawn}" for note in board.substitutions)
            .replace("|", "/")
            .replace("\n", " ")
            or "–"
        )
        caught = sum(fact.caught for fact in facts)
        rows.append(
            f"| {case.name} | {len(board.shots)} | {board.duration_s:g} | {caught} of {len(facts)} | {missed} | "
            f"{told[:300]} |"
        )
    return "\n".join(rows) + "\n"


def main() -> None:
    from agent.rulebook import Rulebook

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BRIEFS
    results = asyncio.run(run(Rulebook(), folder))
    facts = [fact for _, _, found in results for fact in found]
    print(table(results))
    print(f"{sum(fact.caught for fact in facts)} of {len(facts)} facts caught in {len(results)} briefs.")


if __name__ == "__main__":
    main()
