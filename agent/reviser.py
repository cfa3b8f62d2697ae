"""What decides how a shot is filmed again: one Protocol, kept by the rulebook and by a language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agent.llm_meter import Purse, Usage
from agent.revise import Revision, next_round
from storyboards.brief import RetakePolicy
from storyboards.claims import Claim
from storyboards.critique import Critique
from storyboards.shot import Shot
from tools.catalogue import Arguments


@dataclass(frozen=True)
class Case:
    """A shot whose best take breaks a promise, with everything that was tried.

    Attributes:
        planned: the shot of the storyboard; ``claims`` are compiled from it.
        tried: the shots as they were filmed, first to last, with their ``critiques`` in the same order.
        best: the critique of the best take so far: what it breaks, or likely breaks, is what is to be mended.
        remakes: who films can make some of a take anew and keep the rest.
    """

    policy: RetakePolicy
    planned: Shot
    claims: tuple[Claim, ...]
    tried: tuple[Shot, ...]
    critiques: tuple[Critique, ...]
    best: Critique
    takes_at_once: int = 1
    remakes: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a tool of the catalogue brought: words for a model, pictures as JPEG or PNG files."""

    text: str
    pictures: tuple[bytes, ...] = ()


class Bench(Protocol):
    """Where a reviser looks at takes. Nothing that it is asked changes a film."""

    async def look(self, name: str, call: Arguments) -> Outcome:
        """Carry out a tool of scope ``look``.

        Raises:
            StoryreelError: it could not be.
        """
        ...

    async def evidence(self, case: Case) -> tuple[tuple[str, bytes], ...]:
        """Frames of the best take at which something failed, each with its words."""
        ...

    def recall(self, key: str) -> str | None:
        """What was decided before, so that a run that goes on decides the same."""
        ...

    def remember(self, key: str, text: str) -> None: ...

    def charge(self, usage: Usage) -> None:
        """Enter what a call of the reviser's model cost."""
        ...

    def told(self, what: str) -> None:
        """Say in words what the reviser does."""
        ...


@dataclass(frozen=True)
class Round:
    """The takes to film next, none if no take can help; ``notes`` for people."""

    revisions: tuple[Revision, ...]
    notes: tuple[str, ...] = ()


class Reviser(Protocol):
    """Decides how a shot is filmed again. It only proposes: limits, money and the ledger are held elsewhere."""

    name: str

    async def next_round(self, case: Case, bench: Bench, purse: Purse) -> Round: ...


class RulebookReviser:
    """Remedies by the kind of failure, without a network; see :func:`next_round`."""

    name = "rulebook"

    async def next_round(self, case: Case, bench: Bench, purse: Purse) -> Round:
        return Round(
            tuple(
                next_round(
                    case.policy,
                    case.planned,
                    case.claims,
                    case.tried,
                    case.critiques,
                    case.best,
                    case.takes_at_once,
                    case.remakes,
                )
            )
        )
