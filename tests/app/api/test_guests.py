"""Those who share a home: by tools, too, they find only what is theirs, and neither its library nor its habits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.concepts import FILE
from agent.library import Library
from agent.preferences import Preferences
from app.service.callers import Caller
from app.service.jobs import Job
from app.service.orders import Edit, Make, Say
from app.service.studio import Studio
from storyboards.brief import Brief
from storyboards.errors import UnknownName
from tests.app.api.test_guards import MARK, TRAVERSALS
from tests.app.api.yard import Yard, serving, studio_over, tiny_crew
from tests.fakes import tiny_board

ANN, BOB, OWNER = Caller(tenant="ann", key_id="key_ann"), Caller(tenant="bob", key_id="key_bob"), Caller()
SPEAKS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
ARGUMENTS: dict[str, Any] = {
    "project": "anns-film", "words": "make it darker", "token": "0" * 64, "shot": 1, "to": "srt", "message": "hello",
    "element": "fox", "brief": "A fox.", "take": 1,
}  # fmt: skip


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = studio_over(tiny_crew(tmp_path))
    studio.start()
    yield studio
    studio.close()


async def done(studio: Studio, job: Job) -> Job:
    return await studio.finished(job.id)


async def test_what_the_home_has_learned_is_not_for_guests(studio: Studio) -> None:
    """A style that was taught, somebody of the library, and habits: the owner's films know them, a guest's do not."""
    studio.memory.shelf.keep("Glowmist", "style", "", {}, {FILE: "a" * 64})
    brief = Brief(text="A fox goes home, in the style of Glowmist.")
    owned = await done(studio, studio.submit(Make(brief=brief), caller=OWNER))
    assert owned.error is not None, "the owner is told that this backend cannot film with it"
    assert "Glowmist" in owned.error.message
    guests = await done(studio, studio.submit(Make(brief=brief), caller=BOB))
    assert (guests.state, guests.error) == ("done", None)
    assert "Glowmist" not in json.dumps(guests.result)

    async def wants_it_darker_twice(caller: Caller) -> None:
        for _ in range(2):
            made = await done(studio, studio.submit(Make(brief=Brief(text="A fox goes home.")), caller=caller))
            assert (
                await done(studio, studio.submit(Edit(words="make shot 1 darker"), made.project, caller))
            ).error is None

    await wants_it_darker_twice(BOB)
    assert Preferences(studio.memory).all() == [], "what guests ask for is no habit of the home"
    await wants_it_darker_twice(OWNER)
    assert [wanted.value for wanted in Preferences(studio.memory).all()] == ["darker shots"]
    told = await done(studio, studio.submit(Say(text="What do you remember about me?"), guests.project, BOB))
    assert "darker" not in told.result["text"]


async def test_a_guests_plan_cannot_name_what_the_library_has(studio: Studio) -> None:
    mine = await done(studio, studio.submit(Make(brief=Brief(text="A fox.")), caller=OWNER))
    Library(studio.director().crew).keep(mine.project, "fox", "Robin")
    his = await done(studio, studio.submit(Make(brief=Brief(text="A fox.")), caller=BOB))
    board = studio.memory.projects.board(his.project, studio.memory.projects.open(his.project).board).document()
    taught = json.loads(json.dumps(board))
    taught["shots"][0]["taught"] = [{"name": "Glowmist", "kind": "style", "sha256": "a" * 64}]
    from app.service.orders import Remake

    with pytest.raises(UnknownName, match="no file"):
        studio.submit(Remake(storyboard=taught, why="mine"), his.project, BOB)
    board["elements"][0]["library"] = "Robin"
    claims: dict[str, str] = {}
    for caller, project in ((BOB, his.project), (OWNER, mine.project)):
        job = await done(studio, studio.submit(Remake(storyboard=board, why="Robin"), project, caller))
        assert job.state == "done", job
        film = studio.director(project).film(project)
        claims[project] = next(v.evidence.note + v.measured for v in film.verdicts if v.claim_id.endswith(".library"))
    assert "no longer in the library" in claims[his.project], "to a guest it is empty"
    assert "no longer in the library" not in claims[mine.project]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    studio = studio_over(tiny_crew(tmp_path_factory.mktemp("machine") / "home"))
    name = studio.memory.projects.create(Brief(text=MARK), title=MARK, name="anns-film").name
    studio.memory.projects.adopt(name, tiny_board(2, frames=4, title=MARK), MARK)
    studio.jobs_kept.give(name, ANN.tenant)
    with serving(studio) as yard:
        yield yard


def called(yard: Yard, key: str, method: str, params: dict[str, Any]) -> str:
    """What /mcp answers, as text."""
    with yard.http(key, **SPEAKS) as client:
        answer = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_no_tool_finds_what_is_another_tenants(yard: Yard) -> None:
    ann, bob = yard.new_key("ann"), yard.new_key("bob")
    job = yard.studio.jobs_kept.queue(Edit(words="darker"), "anns-film", ANN)
    listed = called(yard, bob, "tools/list", {})
    tools = json.loads(listed[listed.index("{") :])["result"]["tools"]
    asked = 0
    for tool in tools:
        fields = tool["inputSchema"]["properties"]
        if not {"project", "job"} & set(fields) or tool["name"] == "wait_film":
            continue
        arguments = {name: ARGUMENTS[name] for name in fields if name in ARGUMENTS}
        if "job" in fields:
            arguments["job"] = job.id
        said = called(yard, bob, "tools/call", {"name": tool["name"], "arguments": arguments})
        assert '"isError":true' in said.replace(" ", ""), (tool["name"], said)
        assert "there is no" in said, (tool["name"], said)
        assert MARK not in said
        asked += 1
    assert asked >= 16
    path = {"name": "add_file", "arguments": {"path": str(yard.studio.memory.home / "storyreel.db")}}
    assert "a path is of the server" in called(yard, bob, "tools/call", path)
    for place in ("storyboard", "film", "export/otioz"):
        said = called(yard, bob, "resources/read", {"uri": f"storyreel://projects/anns-film/{place}"})
        assert MARK not in said
        assert '"error"' in said
    assert MARK in called(yard, ann, "tools/call", {"name": "get_film", "arguments": {"project": "anns-film"}})


def test_no_name_that_is_sent_leads_anywhere(yard: Yard) -> None:
    """Names that climb, in every field that takes one: nothing is written outside, nothing is read from there."""
    home = yard.studio.memory.home
    (home.parent / "secret.txt").write_text("the-secret")
    before = {path for path in home.parent.iterdir() if path != home}
    with yard.http(yard.new_key("carl")) as client:
        done = client.post("/api/projects", json={"brief": "A fox.", "name": "carls"}).json()["job"]
        while client.get(f"/api/jobs/{done['id']}").json()["state"] in ("queued", "running"):
            time.sleep(0.05)
        for number, name in enumerate(TRAVERSALS):
            tries = (
                ("/api/projects", {"brief": "A fox.", "name": name}, (422,)),
                ("/api/projects", {"brief": "A fox.", "clips": {name: name}}, (404, 422)),
                ("/api/projects", {"brief": "A fox.", "voice_over": name}, (404, 422)),
                ("/api/projects", {"brief": "A fox.", "looks": {"fox": name}}, (404, 422)),
                ("/api/projects/carls/messages", {"text": "hello", "uploads": [name]}, (404, 422)),
                ("/v1/videos", {"prompt": "A fox.", "clips": {"1": name}}, (404,)),
                ("/v1/videos", {"prompt": "A fox.", "voice_over": name}, (404,)),
                ("/v1/videos", {"prompt": "A fox.", "characters": [name]}, (404,)),
            )
            path, body, refused = tries[number % len(tries)]
            answer = client.post(path, json=body)
            assert answer.status_code in refused, (path, body, answer.status_code, answer.text[:200])
            assert client.get("/api/projects/carls/export", params={"to": name}).status_code == 422
            assert "the-secret" not in answer.text
        for name in TRAVERSALS[::25]:
            kept = client.post("/api/uploads", content=b"a script", headers={"x-file-name": name})
            assert kept.status_code == 201
            assert "/" not in kept.json()["name"]
            form = client.post("/v1/videos/characters", data={"name": "x"}, files={"video": (name, b"a script")})
            assert form.status_code == 400
    assert {path for path in home.parent.iterdir() if path != home} == before
