"""An edit with its price, before anything is spent: its token is refused once the plan has changed."""

from __future__ import annotations

from dataclasses import dataclass

from agent.budget import PricedPlan, price_plan
from agent.crew import Crew
from agent.joins import check_joins
from agent.memory.choices import KeptProposal
from agent.produce import needs_filming
from agent.revise import redo_shot
from storyboards.errors import ApprovalNeeded
from storyboards.storyboard import Storyboard, digest_of, read_storyboard


@dataclass(frozen=True)
class Proposal:
    """What an edit would do.

    Attributes:
        changes: in words.
        stale: ids of the shots that would be filmed.
        price: of the whole plan after it; what is made already costs nothing.
        token: to apply it by; of the plan as it is now, the plan after, the backend and the price.
    """

    project: str
    words: str
    changes: tuple[str, ...]
    stale: tuple[str, ...]
    price: PricedPlan
    token: str


def edited(crew: Crew, project: str, words: str) -> tuple[Storyboard, tuple[str, ...]]:
    """The plan in force as the words change it, and what they change; nothing is put in force.

    Raises:
        UnknownName: no such project. BadEdit: the words could not be understood.
        ToolRefused: who films cannot do it.
    """
    from agent.edits import apply_edit

    edit = apply_edit(crew.memory.projects.board(project, crew.memory.projects.open(project).board), words)
    board = edit.board
    for shot_id in edit.redo:
        made = len(crew.memory.ledger.entries(project, shot_id))
        whole = {"cut": None, "grown": None, "patch": None}
        board = board.with_shot(redo_shot(board.shot(shot_id), made).model_copy(update=whole))
    check_joins(crew, board)
    return board, tuple(edit.changes)


def priced(crew: Crew, project: str, board: Storyboard) -> PricedPlan:
    """The price of what is still to be filmed of a plan of this project.

    Raises:
        OverLimit: it costs more than the brief's limit.
    """
    limits = crew.memory.projects.open(project).brief.limits
    made = frozenset(shot.id for shot in board.shots if not needs_filming(crew, project, board, shot))
    return price_plan(board, crew.backend, limits, crew.memory.ledger.pace(crew.backend.name), made, crew.judges)


def propose(crew: Crew, project: str, words: str) -> Proposal:
    """Price an edit; it is remembered under its token until it is applied.

    Raises:
        UnknownName: no such project. BadEdit: the words could not be understood. OverLimit.
    """
    base = crew.memory.projects.open(project).board
    board, changes = edited(crew, project, words)
    price = priced(crew, project, board)
    token = digest_of([base, board.digest(), price.backend, price.cost_usd_at_most])
    document = {"board": board.document(), "changes": list(changes), "backend": price.backend,
                "most_usd": price.cost_usd_at_most}  # fmt: skip
    crew.memory.proposals.keep(KeptProposal(token, project, base, words, document))
    stale = tuple(row.shot_id for row in price.shots if not row.is_made)
    return Proposal(project, words, changes, stale, price, token)


def accepted(crew: Crew, project: str, token: str) -> tuple[Storyboard, str, tuple[str, ...]]:
    """The plan that a token stands for, the words and the changes, if all is still as it was priced.

    Raises:
        UnknownName: no such project or proposal.
        ApprovalNeeded: the plan, the backend or the price changed since; nothing was changed or spent.
    """
    row, kept = crew.memory.projects.open(project), crew.memory.proposals.find(project, token)
    board = read_storyboard(kept.document["board"])
    price = priced(crew, project, board)
    changed = [
        word
        for word, differs in (
            ("the plan", row.board != kept.base),
            ("the backend", price.backend != kept.document["backend"]),
            ("the price", price.cost_usd_at_most > float(kept.document["most_usd"])),
        )
        if differs
    ]
    if changed:
        raise ApprovalNeeded(
            f"{' and '.join(changed)} of {project!r} changed after “{kept.words}” was priced; nothing was done.",
            next_step="Ask for the price again, then approve that.",
        )
    return board, kept.words, tuple(kept.document["changes"])
