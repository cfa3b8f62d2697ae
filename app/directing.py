"""``storyreel direct`` and ``storyreel tool``: edits by the tools of the catalogue, by a language model or by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from agent.director import Director, Film
    from app.screen import Watcher
    from app.settings import Settings
    from storyboards.storyboard import Storyboard

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="its name, as `storyreel projects` lists it")]
Out = Annotated[Optional[Path], typer.Option("--out", "-o", help="the film to write, an .mp4")]  # noqa: UP045
Backend = Annotated[Optional[str], typer.Option(help="who films; else who filmed the project before")]  # noqa: UP045
MaxCost = Annotated[Optional[float], typer.Option(min=0, help="dollars the film may cost, all runs together")]  # noqa: UP045
Approve = Annotated[bool, typer.Option("--approve", help="show plan and price, ask before filming")]
Home = Annotated[Optional[Path], typer.Option(help="where projects live (else $STORYREEL_HOME)")]  # noqa: UP045
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object for machines")]


async def by_tools(
    director: Director, settings: Settings, project: str, words: str
) -> tuple[Storyboard, tuple[str, ...]]:
    """The plan in force as a language model changes it with tools, paid from what the film may still cost.

    Raises:
        BadInput: no language model is set.
        BadEdit: nothing came of it. PlanningFailed: the server gave no usable reply.
    """
    from agent.budget import Budget, spent_on
    from agent.llm_client import LLMClient
    from agent.llm_editor import LLMEditor
    from agent.llm_meter import TokenPrices
    from app.bootstrap import choose_backend, names_of
    from storyboards.errors import BadInput

    if settings.llm is None:
        raise BadInput(
            "no language model is set.", next_step="Set STORYREEL_LLM_BASE_URL and _MODEL, or use `storyreel edit`."
        )
    chosen, memory = settings.llm, director.crew.memory
    row = memory.projects.open(project)
    budget = Budget(row.brief.limits)
    budget.carry(spent_on(director.crew, project))
    client = LLMClient(chosen.base_url, chosen.model, chosen.api_key, chosen.timeout_s)
    others = [(name, choose_backend(name)) for name in names_of(None)]
    editor = LLMEditor(
        client, TokenPrices(chosen.usd_per_mtok_in, chosen.usd_per_mtok_out), director.crew.backend, others
    )
    edit = await editor.edit(
        memory.projects.board(project, row.board), words, budget,
        lambda usage: memory.ledger.charge(project, "edit", "", "", usage.cost_usd, usage.wall_s),
    )  # fmt: skip
    return edit.board, (*edit.changes, *(f"not done: {row}" for row in edit.refused))


def by_hand(director: Director, project: str, name: str, arguments: str) -> tuple[Storyboard, str]:
    """The plan in force as one call of a tool changes it, and what changed in words.

    Raises:
        ToolRefused: no such tool, or its arguments are out of bounds. BadEdit: it would break the plan.
    """
    from agent.plan_tools import apply_tool
    from app.bootstrap import choose_backend, names_of
    from tools.catalogue import read_call, tools_of

    projects = director.crew.memory.projects
    board = projects.board(project, projects.open(project).board)
    call = read_call(name, arguments, tools_of("plan"))
    return apply_tool(board, name, call, director.crew.backend, [(n, choose_backend(n)) for n in names_of(None)])


def direct(
    project: Project,
    words: Annotated[str, typer.Argument(help='what to change, such as "trim every shot of the owl by a second"')],
    out: Out = None, backend: Backend = None, max_cost: MaxCost = None, approve: Approve = False, home: Home = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Change a film by a language model that calls the tools of the catalogue."""
    from app.cli import _film, _settings

    async def work(director: Director, watcher: Watcher) -> Film:
        board, changes = await by_tools(director, _settings(home), project, words)
        return await _remade(director, watcher, project, board, words, changes, out, approve)

    _film(lambda: work, home, backend, project, as_json, out, max_cost)


def tool(
    project: Project,
    name: Annotated[str, typer.Argument(help="of scope plan, see docs/director.md")],
    arguments: Annotated[str, typer.Argument(help="JSON, such as '{\"shot\": \"s1\", \"exposure_stops\": 0.5}'")],
    out: Out = None, backend: Backend = None, max_cost: MaxCost = None, approve: Approve = False, home: Home = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Change a film by one tool of the catalogue."""
    from app.cli import _film

    async def work(director: Director, watcher: Watcher) -> Film:
        board, change = by_hand(director, project, name, arguments)
        return await _remade(director, watcher, project, board, f"{name} {arguments}", (change,), out, approve)

    _film(lambda: work, home, backend, project, as_json, out, max_cost)


async def _remade(
    director: Director, watcher: Watcher, project: str, board: Storyboard, why: str, changes: tuple[str, ...],
    out: Path | None, approve: bool,
) -> Film:  # fmt: skip
    from dataclasses import replace

    film = await director.remake(
        project, board, why, on_event=watcher.on_event, approve=watcher.ask if approve else None, out=out
    )
    return replace(film, changes=changes)
