"""What langgraph.json names is there and gives the graph of agent/graph.py."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from storyboards.errors import UnknownName

ROOT = Path(__file__).resolve().parents[2]


async def test_the_graph_can_be_drawn_and_a_project_must_exist() -> None:
    named = json.loads((ROOT / "langgraph.json").read_text())["graphs"]["storyreel"]
    path, _, function = named.partition(":")
    assert (ROOT / path).is_file()
    make_graph = getattr(importlib.import_module("app.langgraph_entry"), function)
    async with make_graph() as graph:
        nodes = set(graph.get_graph().nodes)
    assert {"plan", "approve", "cast", "shoot", "review", "revise", "assemble", "final_review"} <= nodes
    with pytest.raises(UnknownName, match="no project"):
        async with make_graph({"configurable": {"project": "nobody"}}):
            pass
