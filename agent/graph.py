"""The making of a film on one screen: every node and every edge, and no logic.

    plan ─▶ approve ─▶ cast ─▶ shoot × shots ─▶ review ─▶ revise ─▶ assemble ─▶ final_review
                                  ▲                          │
                                  └── only what failed ◀─────┘

No checkpointer: the tables are the truth, and running the graph again over them is how a film resumes
(docs/decisions/0031).
"""

from __future__ import annotations

import os
from typing import Any, Protocol

from agent.state import Approved, Assembled, Filmed, FilmState, Finished, Order, Ordered, Planned, Reviewed, update_of


class Stages(Protocol):
    """The nodes. Each returns its own small update."""

    async def plan(self, state: FilmState) -> Planned: ...
    async def approve(self, state: FilmState) -> Approved: ...
    async def cast(self, state: FilmState) -> Ordered: ...
    async def shoot(self, state: Order) -> Filmed: ...
    async def review(self, state: FilmState) -> Reviewed: ...
    async def revise(self, state: FilmState) -> Ordered: ...
    async def assemble(self, state: FilmState) -> Assembled: ...
    async def final_review(self, state: FilmState) -> Finished: ...


def first_takes(state: FilmState) -> Any:
    """One ``shoot`` for every order, all at once; on to the review when every shot has a take already."""
    return _fan_out(state) or "review"


def retakes(state: FilmState) -> Any:
    """One ``shoot`` for every order, all at once; on to the cut when nothing is to be filmed again."""
    return _fan_out(state) or "assemble"


def build_graph(stages: Stages) -> Any:
    """The compiled graph; ``await graph.ainvoke(FilmState(project=…))`` makes the film.

    Raises:
        TypeError: a node's update has a field that the state does not have.
    """
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    from langgraph.graph import END, START, StateGraph

    nodes = (
        stages.plan, stages.approve, stages.cast, stages.shoot, stages.review, stages.revise, stages.assemble,
        stages.final_review,
    )  # fmt: skip
    graph = StateGraph(FilmState)
    for node in nodes:
        update_of(node)
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "approve")
    graph.add_edge("approve", "cast")
    graph.add_conditional_edges("cast", first_takes, ["shoot", "review"])
    graph.add_edge("shoot", "review")
    graph.add_edge("review", "revise")
    graph.add_conditional_edges("revise", retakes, ["shoot", "assemble"])
    graph.add_edge("assemble", "final_review")
    graph.add_edge("final_review", END)
    return graph.compile()


def _fan_out(state: FilmState) -> list[Any]:
    from langgraph.types import Send

    return [Send("shoot", order) for order in state.orders]
