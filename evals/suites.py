"""Suites of plans: drawn from seeds by code, so that nothing but a table is kept.

``dev`` is open, ``test`` is drawn from hashed seeds when it runs, ``stress`` is hard, ``fresh`` is any seed of any day.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from evals.plan_drawing import Wanted, draw_plan
from storyboards.errors import BadInput, UnknownName
from storyboards.storyboard import Storyboard, digest_of

SUITES = ("dev", "test", "stress", "fresh")
DEV_PLANS, TEST_PLANS, STRESS_PLANS, FRESH_PLANS = 64, 120, 24, 40
LENGTHS = (1, 2, 3, 4, 1, 2, 5, 3, 6, 1, 2, 8, 4, 3, 2, 12)
"""Shots of the plans of ``dev`` and ``test``, in turn: short ones first, so that a few plans are a quick look."""
SIZES = ((320, 180), (320, 180), (180, 320), (240, 240))
TEST_SALT = "storyreel test suite 1"
HASHES = "suite_hashes.json"


@dataclass(frozen=True)
class Plan:
    """One plan of a suite; ``name`` is unique in it."""

    name: str
    board: Storyboard

    @property
    def digest(self) -> str:
        return self.board.digest()


@dataclass(frozen=True)
class Suite:
    name: str
    plans: tuple[Plan, ...]

    @property
    def digest(self) -> str:
        """sha256 of the names and plans, in order."""
        return digest_of([[plan.name, plan.digest] for plan in self.plans])


def suite(name: str, limit: int | None = None, seed: int = 0) -> Suite:
    """The plans of a suite, only the first ``limit`` of them if given.

    Args:
        seed: of ``fresh``; the others have their own.

    Raises:
        UnknownName: no such suite.
    """
    if name not in SUITES:
        raise UnknownName(f"there is no suite {name!r}.", next_step=f"Choose one of: {', '.join(SUITES)}.")
    counts = {"dev": DEV_PLANS, "test": TEST_PLANS, "stress": STRESS_PLANS, "fresh": FRESH_PLANS}
    count = counts[name] if limit is None else min(limit, counts[name])
    return Suite(name, tuple(_plan(name, number, seed) for number in range(count)))


def reduced(drawn: Suite, scale: float = 1.0, longest: int | None = None, limit: int | None = None) -> Suite:
    """The same plans in another size, only the short ones, only the first: for a look that costs less.

    Args:
        scale: of width and height; sides are even and at least 64 pixels.
        longest: shots that a plan may have.

    Raises:
        BadInput: the scale is not above 0.
    """
    if scale <= 0:
        raise BadInput(f"plans cannot be scaled by {scale:g}.", next_step="For example --scale 0.6.")

    def side(pixels: int) -> int:
        return max(64, 2 * round(0.5 * scale * pixels))

    short = [plan for plan in drawn.plans if longest is None or len(plan.board.shots) <= longest][:limit]
    name = drawn.name + (f" at {scale:g}" if scale != 1 else "") + (f", {longest} shots at most" if longest else "")
    return Suite(name, tuple(
        Plan(plan.name, plan.board.changed(width=side(plan.board.width), height=side(plan.board.height)))
        for plan in short
    ))  # fmt: skip


def _plan(name: str, number: int, seed: int) -> Plan:
    if name == "dev":
        wanted, drawn = _even(number), 910_000 + number
    elif name == "test":
        wanted, drawn = _even(number), test_seeds()[number]
    elif name == "stress":
        wanted, drawn = _hard(number), 930_000 + number
    else:
        wanted, drawn = _even(number), int(digest_of(["fresh", seed, number])[:8], 16) % 2**31
    title = f"{name}-{number + 1:03d}"
    return Plan(title, draw_plan(drawn, wanted, title))


def _even(number: int) -> Wanted:
    """Every kind of claim in turn, on top of those that every shot has."""
    return Wanted(
        shots=LENGTHS[number % len(LENGTHS)], size=SIZES[number % len(SIZES)], lines=number % 3 == 0,
        music=number % 4 != 1, titles=number % 5 == 0, exposure=number % 4 == 2, dissolves=number % 6 == 3,
        relation=number % 2 == 1, most_subjects=1 + number % 2,
    )  # fmt: skip


def _hard(number: int) -> Wanted:
    """Twelve shots, three subjects, fast cameras, light against the weather, or long shots, in turn."""
    return Wanted(
        shots=12 if number % 3 else 8, size=SIZES[number % len(SIZES)], lines=number % 2 == 0, music=True,
        titles=number % 4 == 0, exposure=number % 2 == 1, dissolves=number % 2 == 0, relation=True, most_subjects=3,
        fast_camera=number % 3 != 2, contrary_light=number % 2 == 0,
        shot_s=(4.0, 7.0) if number % 6 == 0 else (1.5, 3.0),
    )  # fmt: skip


def test_seeds() -> tuple[int, ...]:
    """Seeds of the test suite, from a salt: nobody has looked at what they draw."""
    return tuple(
        int(hashlib.sha256(f"{TEST_SALT}/{number}".encode()).hexdigest()[:8], 16) % 2**31
        for number in range(TEST_PLANS)
    )


def committed_hashes() -> dict[str, list[str]]:
    """The first 16 hex digits of the sha256 of every plan of ``dev``, ``test`` and ``stress``, as published."""
    from importlib.resources import files

    text = files("evals").joinpath(HASHES).read_text(encoding="utf-8")
    hashes: dict[str, list[str]] = json.loads(text)
    return hashes


def drifted(drawn: Suite) -> tuple[str, ...]:
    """Names of plans that are no longer what was published: their scores compare with no earlier ones."""
    known = committed_hashes().get(drawn.name, [])
    return tuple(plan.name for plan, hashed in zip(drawn.plans, known, strict=False) if plan.digest[:16] != hashed)
