"""The graph of one project for LangGraph's own tools, by ``langgraph.json``: to look at it, and to step through it.

The settings are those of the command line. Name a project that exists under ``configurable.project``; the graph ends
with the cut in the store, and ``storyreel resume PROJECT`` puts the film and its papers in their place.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Any


@asynccontextmanager
async def make_graph(config: Mapping[str, Any] | None = None) -> AsyncIterator[Any]:
    """The compiled graph of the project that the config names, held alone while it is used; of none it can be drawn.

    Raises:
        UnknownName: there is no such project.
        StorageFailed: another run is working on it.
    """
    from agent.budget import Budget
    from agent.events import Wire
    from agent.graph import build_graph
    from agent.stages import Production
    from app.bootstrap import build_director
    from app.settings import read_settings
    from storyboards.brief import Brief

    project = str(((config or {}).get("configurable") or {}).get("project", ""))
    crew = build_director(read_settings(os.environ), project=project or None).crew
    brief = crew.memory.projects.open(project).brief if project else Brief(text="any film")
    wire = Wire(None, asyncio.get_running_loop())
    production = Production(crew, project, brief, Budget(brief.limits), wire, None)
    with crew.memory.working_on(project) if project else nullcontext():
        try:
            yield build_graph(production)
        finally:
            await production.close()
