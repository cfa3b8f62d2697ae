"""The state of the graph: names and hashes only. What they stand for is in the tables and in the store.

A node returns a small typed update. LangGraph drops a misspelt key without a word, so updates forbid unknown fields and
``update_of`` checks, when the graph is built, that every field of an update is a field of the state.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict


class Order(BaseModel):
    """Film this take of this shot: the key of an intended take in the ledger."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    shot_id: str
    key: str


class Note(BaseModel):
    """Something a person should know of the film; ``degrades`` when the film is less than was asked for by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str
    degrades: bool = False


class FilmState(BaseModel):
    """Where the making of one film stands.

    Attributes:
        board: digest of the storyboard in force.
        approved: digest of the storyboard that was agreed to; filming refuses any other.
        orders: takes to film next.
        filmed, failed: orders that were carried out in this run, and those that could not be.
        kept: for each shot the key of its best take.
        cut: key of the cut.
        status: ``complete`` or ``degraded`` once the final review is held.
        notes: what a person should know: fallbacks, limits that were reached.
    """

    model_config = ConfigDict(extra="forbid")
    project: str
    board: str = ""
    approved: str = ""
    orders: list[Order] = []
    filmed: Annotated[list[Order], operator.add] = []
    failed: Annotated[list[Order], operator.add] = []
    kept: dict[str, str] = {}
    cut: str = ""
    status: str = ""
    notes: Annotated[list[Note], operator.add] = []


class Update(BaseModel):
    """What a node changes, and nothing else: every field is required, so that no default overwrites anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(Update):
    board: str


class Approved(Update):
    approved: str


class Ordered(Update):
    orders: list[Order]
    notes: list[Note]


class Filmed(Update):
    filmed: list[Order]
    failed: list[Order]


class Reviewed(Update):
    kept: dict[str, str]
    notes: list[Note]


class Assembled(Update):
    cut: str
    notes: list[Note]


class Finished(Update):
    status: str
    notes: list[Note]


def update_of(node: Callable[..., Any]) -> type[Update]:
    """The update that a node promises in its return annotation.

    Raises:
        TypeError: it promises none, or one with a field that the state does not have or with a default.
    """
    promised = get_type_hints(node).get("return")
    if not (isinstance(promised, type) and issubclass(promised, Update)):
        raise TypeError(f"{node.__qualname__} must return an Update, it says {promised!r}")
    unknown = set(promised.model_fields) - set(FilmState.model_fields)
    optional = {name for name, field in promised.model_fields.items() if not field.is_required()}
    if unknown or optional:
        words = ", ".join(sorted(unknown | optional))
        raise TypeError(f"{promised.__name__}: {words} is no required field of the state")
    return promised
