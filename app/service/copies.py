"""A project begun from another one's plan, so that the first stays as it is: takes they share are not made again."""

from __future__ import annotations

from agent.memory.memory import Memory
from agent.memory.references import KeptReference
from storyboards.errors import BadInput


def copy_project(memory: Memory, source: str, why: str) -> str:
    """Name of a new project with the plan, the brief and the given looks of ``source``.

    Raises:
        BadInput: there is no plan yet.
        UnknownName: there is no such project.
    """
    row = memory.projects.open(source)
    if not row.board:
        raise BadInput(f"project {source!r} has no plan yet.", next_step="Wait until it is made.")
    board = memory.projects.board(source, row.board)
    copy = memory.projects.create(row.brief, title=row.title).name
    memory.projects.adopt(copy, board, why)
    for name, kept in memory.references.of(source, "given").items():
        memory.references.keep(copy, KeptReference(name, "given", kept.key, kept.sha256, dict(kept.recipe)))
    return copy
