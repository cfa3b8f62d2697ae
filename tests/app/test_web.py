"""The page without a browser: what it says, what it refuses, and what a browser without scripts gets."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from agent.earlier import keep_take
from app.api.app import build_app
from app.api.config import ServeConfig
from app.bootstrap import build_director, build_studio, names_of, open_memory
from app.service.directors import Directors
from app.service.happenings import Happening
from app.service.jobs import Job
from app.service.studio import Studio
from app.settings import Settings
from app.web.live import changed, event
from app.web.render import Renderer
from app.web.view import _claim, _score
from app.web.work import work_of
from storyboards.brief import Brief
from storyboards.claims import Claim
from storyboards.critique import Evidence, Verdict
from storyboards.errors import BadInput, UnknownName
from tests.fakes import plain_film

BRIEF = Brief(text="A red fox walks through a forest. Two shots.", duration_s=2, size=(128, 72))
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    settings = Settings(home=tmp_path_factory.mktemp("home"), backend="animatic")
    return Studio(
        Directors(open_memory(settings), lambda name: build_director(settings, name), "animatic", ("animatic",))
    )


@pytest.fixture(scope="module")
def film(studio: Studio) -> str:
    return asyncio.run(studio.director().make(BRIEF, project="fox")).project


@pytest.fixture(scope="module")
def client(studio: Studio, film: str) -> Iterator[TestClient]:
    with TestClient(build_app(studio, ServeConfig()), base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client


def until(condition: Callable[[], bool], patience_s: float = 30.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.1)


def test_the_page_carries_no_script_or_style_inside(client: TestClient, film: str) -> None:
    for path in ("/", f"/films/{film}", f"/films/{film}/nothing-there"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", answer.text)


def test_what_people_write_is_text(client: TestClient, studio: Studio) -> None:
    nasty = "<img src=x onerror=alert(1)> \"'><script>alert(2)</script> a fox {{ 7*7 }}"
    studio.memory.projects.create(Brief(text=nasty), title=nasty, name="nasty")
    studio.memory.projects.say("nasty", "director", nasty)
    for path in ("/", "/films/nasty"):
        text = client.get(path).text
        assert "<img src=x" not in text
        assert "<script>" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text
        assert "49" not in re.findall(r"a fox (.{0,12})", text)[0]


def test_files_are_of_the_project_that_is_named(client: TestClient, studio: Studio, film: str) -> None:
    take = next(entry.take for entry in studio.memory.ledger.entries(film) if entry.take is not None)
    still = f"stills/{take.video_sha256}/3/240.jpg"
    assert client.get(f"/films/{film}/{still}").headers["content-type"] == "image/jpeg"
    assert client.get(f"/films/{film}/takes/{take.key}.mp4", headers={"Range": "bytes=0-9"}).status_code == 206
    studio.memory.projects.create(BRIEF, title="other", name="other")
    for path in (still, f"takes/{take.key}.mp4", f"takes/{take.video_sha256}.mp4", "takes/..%2f..%2fstoryreel.db.mp4",
                 f"references/{take.video_sha256}.png", f"cuts/{take.video_sha256}.mp4"):  # fmt: skip
        assert client.get(f"/films/other/{path}").status_code == 404, path
    assert client.get(f"/films/{film}/stills/{take.video_sha256}/3/241.jpg").status_code == 400


def test_static_files_are_those_that_are_there(client: TestClient) -> None:
    version = Renderer().version
    assert client.get(f"/static/{version}/page.css").headers["cache-control"].endswith("immutable")
    for path in (f"/static/{version}/../render.py", f"/static/{version}/%2e%2e%2frender.py", "/static/old/page.css"):
        assert client.get(path, follow_redirects=True).status_code == 404


def test_a_browser_without_scripts_is_sent_back_to_the_page(client: TestClient, film: str) -> None:
    answer = client.post(f"/films/{film}/shots/s1/lock", data={"locked": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/films/{film}")
    assert 'aria-pressed="true"' in client.get(f"/films/{film}").text
    parts = client.post(f"/films/{film}/shots/s1/lock", data={"locked": ""}, headers=HTMX)
    assert parts.text.startswith('<hx-partial hx-target="#bar"')


def test_what_cannot_be_done_is_said(client: TestClient, film: str) -> None:
    refused = client.post(f"/films/{film}/shots/s9/retake", headers=HTMX)
    assert refused.status_code == 404
    assert "there%20is%20no%20shot" in refused.headers["x-said"]
    page = client.post("/films", data={"brief": "…", "duration_s": "6"})
    assert page.status_code == 422
    assert "no words in it" in page.text
    assert 'value="6" selected' in page.text, "what was chosen is still chosen"
    assert client.post(f"/films/{film}/order", data={"order": "s1 s1"}, headers=HTMX).status_code == 400


def test_a_script_that_is_sent_becomes_the_plan(client: TestClient, studio: Studio) -> None:
    script = b"1. Wide: a blue whale swims under water.\n2. Close: a white owl lands in the forest at night.\n"
    chosen = {"brief": "", "duration_s": "6", "aspect": "1:1"}
    answer = client.post("/films", data=chosen, files={"files": ("shots.txt", script, "text/plain")})
    assert answer.status_code == 303, answer.text
    page, name = answer.headers["location"], answer.headers["location"].removeprefix("/films/")
    until(lambda: "The storyboard is ready" in client.get(page).text)
    board = studio.memory.projects.board(name, studio.memory.projects.open(name).board)
    assert [part.element for shot in board.shots for part in shot.parts] == ["whale", "owl"]
    assert (board.aspect, board.duration_s) == (1.0, 6.0)
    assert studio.memory.ledger.entries(name) == [], "nothing is filmed before somebody says so"


def test_without_scripts_the_words_say_what_a_clip_is_for(client: TestClient, studio: Studio, tmp_path: Path) -> None:
    plain_film(tmp_path / "beach.mp4", 8, seconds=1)
    brief = {"brief": "A fox walks. An owl lands. Two shots.", "duration_s": "6", "size": "320x180"}

    def sent(**more: Any) -> Any:
        files = {"files": ("beach.mp4", (tmp_path / "beach.mp4").read_bytes(), "video/mp4")}
        return client.post("/films", data=brief | more, files=files)

    unsaid = sent()
    assert unsaid.status_code == 422
    assert "as which shot is it to play?" in unsaid.text
    assert "A fox walks." in unsaid.text, "what was written is still there"
    for more in ({"brief": f"{brief['brief']} Use this clip as shot 2."}, {"uses": "2"}):
        page = sent(**more).headers["location"]
        until(lambda page=page: "The storyboard is ready" in client.get(page).text)
        assert "beach.mp4 (1.0 s) plays as shot 2." in client.get(page).text
        name = page.removeprefix("/films/")
        board = studio.memory.projects.board(name, studio.memory.projects.open(name).board)
        assert [shot.cut is not None for shot in board.shots] == [False, True]
        assert (board.width, board.height) == (320, 180), "what was chosen beside it holds, too"


def test_another_site_may_not_press_the_buttons(client: TestClient, film: str) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    assert client.post(f"/films/{film}/undo", headers=foreign).status_code == 403


def test_a_shared_server_asks_for_a_key_and_shows_each_their_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, backend="animatic")
    studio = Studio(
        Directors(open_memory(settings), lambda name: build_director(settings, name), "animatic", ("animatic",))
    )
    _, secret = studio.keys.create("ann")
    studio.memory.projects.create(BRIEF, title="Not Ann’s", name="secret")
    app = build_app(studio, ServeConfig())
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        assert client.get("/").status_code == 401
        assert "Your key, please" in client.get("/films/secret").text
        assert client.post("/key", data={"key": "sk-wrong"}).status_code == 401
        come_in = client.post("/key", data={"key": secret, "back": "//elsewhere.example"})
        assert come_in.headers["location"] == "/"
        assert {"HttpOnly", "SameSite=strict"} <= set(come_in.headers["set-cookie"].split("; "))
        shelf = client.get("/").text
        assert "What shall we film?" in shelf
        assert "Not Ann" not in shelf
        assert client.get("/films/secret").status_code == 404
        assert client.post("/films/secret/undo", headers=HTMX).status_code == 404


def test_exports_are_files_to_keep(client: TestClient, film: str) -> None:
    for to, name in (
        ("otio", "fox.otio"),
        ("srt", "fox.srt"),
        ("storyboard", "fox.storyboard.json"),
        ("mp4", "fox.mp4"),
        ("fcpxmlz", "fox.fcpxml.zip"),
    ):
        answer = client.get(f"/films/{film}/export/{to}")
        assert answer.status_code == 200
        assert name in answer.headers["content-disposition"]
    assert client.get(f"/films/{film}/export/exe").status_code == 404


def test_a_take_of_before_a_retake_comes_back(tmp_path: Path) -> None:
    director = build_director(Settings(home=tmp_path, backend="animatic"))
    first = asyncio.run(director.make(BRIEF, project="fox"))
    second = asyncio.run(director.edit("fox", "redo shot 2"))
    assert second.playing["s2"] != first.playing["s2"]
    ordinal = next(take.ordinal for take in first.takes if take.key == first.playing["s2"])
    assert keep_take(director.crew, "fox", "s2", ordinal) == f"shot 2: take {ordinal} is kept"
    third = asyncio.run(director.resume("fox"))
    assert third.playing == first.playing
    assert len(director.crew.memory.ledger.entries("fox")) == len(second.takes), "nothing was filmed for it"
    asyncio.run(director.edit("fox", "make the fox blue"))
    with pytest.raises(BadInput, match="more than the shot"):
        keep_take(director.crew, "fox", "s2", ordinal)


def job(state: str = "running") -> Job:
    return Job(id="j", kind="resume", project="p", state=state, progress=0.4, message="filming", made_at_s=0.0)


def step(kind: str, shot_id: str = "", **fields: Any) -> Happening:
    return Happening(id=1, kind=kind, job=fields.pop("job", "j"), shot_id=shot_id, message=kind, **fields)


def test_a_shot_is_before_the_camera_until_it_has_its_take() -> None:
    shooting = [step("shoot", "s1"), step("shoot", "s2", share=0.5), step("shoot", "s3", job="other")]
    seen = work_of(job(), shooting)
    assert seen is not None
    assert {shot: doing.share for shot, doing in seen.shots.items()} == {"s1": None, "s2": 0.5}
    later = work_of(job(), [*shooting, step("take", "s2")])
    assert later is not None
    assert set(later.shots) == {"s1"}
    cut = work_of(job(), [*shooting, step("cut")])
    assert cut is not None
    assert (cut.shots, cut.verb) == ({}, "cutting")
    assert work_of(job("done"), shooting) is None


def test_only_what_differs_is_sent_again() -> None:
    first = {"bar": "b", "board": "12", "shot-s1": "1", "shot-s2": "2"}
    assert changed({}, first) == {"bar": "b", "board": "12"}
    assert changed(first, first) == {}
    assert changed(first, first | {"shot-s2": "2!", "board": "12!"}) == {"shot-s2": "2!"}
    turned = {"bar": "b", "board": "21", "shot-s2": "2", "shot-s1": "1"}
    assert changed(first, turned) == {"board": "21"}
    assert event("a\nb") == "data: a\ndata: b\n\n"


def test_what_a_brief_leaves_open_is_asked_beside_its_plan(client: TestClient, studio: Studio) -> None:
    at = client.post("/films", data={"brief": "A red fox walks through a forest."}).headers["location"]
    until(lambda: "The storyboard is ready" in client.get(at).text)
    page = client.get(at).text
    assert re.findall(r'<select name="(length|aspect|audience)"', page) == ["length", "aspect", "audience"]
    assert re.search(r'<option value="">[0-9.]+ s, as planned</option>', page), "the plan's own answer is chosen"
    assert client.post(f"{at}/answers", data={"length": "long", "aspect": ""}, headers=HTMX).status_code == 400

    projects, name = studio.memory.projects, at.rpartition("/")[2]
    before = projects.open(name).board
    assert client.post(f"{at}/answers", data={"length": "24 s", "aspect": "1:1", "audience": ""}).status_code == 303
    until(lambda: projects.open(name).board not in ("", before) and "The storyboard is ready" in client.get(at).text)
    board = projects.board(name, projects.open(name).board)
    assert board.width == board.height
    assert board.duration_s == pytest.approx(24, abs=0.5)
    assert re.findall(r'<select name="(length|aspect|audience)"', client.get(at).text) == ["audience"]


def test_the_page_offers_who_can_film(client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    offered = lambda: re.findall(r'<option value="([a-z-]+)"[^>]*>[a-z, ]+</option>', client.get("/").text)  # noqa: E731
    assert offered() == ["animatic"]
    monkeypatch.setattr(studio.directors, "names", ("animatic", "reel", "openai-videos", "diffusers"))
    assert offered() == ["animatic", "reel", "openai-videos", "diffusers"]


def test_one_reel_is_offered_and_its_sizes_are_still_known(tmp_path: Path) -> None:
    assert names_of(Settings(home=tmp_path)) == ("animatic", "reel")
    directors = build_studio(Settings(home=tmp_path)).directors
    assert directors.of(backend="reel-small").crew.backend.name == "reel-small"
    with pytest.raises(UnknownName, match="Choose one of: animatic, reel"):
        directors.of(backend="reel-huge")


def test_a_doubt_is_shown_as_one_and_counted_as_undecided() -> None:
    claim = Claim(id="s1.colour.fox", kind="colour", text="The fox is orange.", shot_id="s1", expected="orange")
    unsure = Verdict(
        claim_id=claim.id,
        outcome="unmeasurable",
        tier="T2",
        measured="brown",
        probability=0.2,
        evidence=Evidence(frame=3),
    )
    seen = _claim(claim, unsure, "a" * 64)
    assert (seen.outcome, seen.frame) == ("doubtful", 3)
    assert _score((seen,)).unmeasurable == 1
    assert _claim(claim, unsure.model_copy(update={"probability": 0.7}), "a" * 64).outcome == "unmeasurable"
    macro = Renderer()._made().get_template("macros.html.j2").module.claim_rows("p", [seen])
    assert "likely not as planned" in macro
    assert "Frame 3" in macro
