"""What is exported over HTTP names nothing of the machine that made it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from app.api.findings import Format
from app.web.render import EXPORTS
from tests.app.api.yard import Yard, serving, studio_over, tiny_crew
from tests.fakes import ScriptedPlanner, tiny_board

FORMATS = [*(f"/api/projects/fox/export?to={to}" for to in get_args(Format)),
           *(f"/films/fox/export/{to}" for to, _, _ in EXPORTS)]  # fmt: skip


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """A server with a film of which one shot has two takes."""
    planner = ScriptedPlanner(tiny_board(2, frames=12, rate="24"))
    with serving(studio_over(tiny_crew(tmp_path_factory.mktemp("home"), planner=planner))) as yard:
        with yard.http() as client:
            begun = client.post("/api/projects", json={"brief": "A fox goes home.", "name": "fox"})
            wait(yard, begun.json()["job"]["id"])
            wait(yard, client.post("/api/projects/fox/shots/s1/regenerate").json()["job"]["id"])
        yield yard


def wait(yard: Yard, job: str) -> None:
    with yard.http() as client:
        while (now := client.get(f"/api/jobs/{job}").json())["state"] in ("queued", "running"):
            time.sleep(0.05)
        assert now["state"] == "done", now


def texts_of(content: bytes) -> list[bytes]:
    """What of a file is to be read: the edit in a bundle, else the whole."""
    if not content.startswith(b"PK"):
        return [content]
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return [bundle.read(name) for name in bundle.namelist() if not name.startswith("media/")]


@pytest.mark.parametrize("address", FORMATS)
def test_no_path_of_the_server_leaves_it(yard: Yard, address: str) -> None:
    with yard.http() as client:
        answer = client.get(address)
    assert answer.status_code == 200, answer.text
    texts = texts_of(answer.content)
    assert texts
    home = yard.studio.memory.home
    for text in texts:
        assert text
        for place in (str(home), str(yard.studio.store.root), str(Path(home).parent), "file:", "objects/"):
            assert place.encode() not in text, place
