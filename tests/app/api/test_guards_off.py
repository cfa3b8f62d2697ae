"""Each guard of the server taken away, in the test alone: the same corpus that it stops then gets through."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import app.service.uploads
from app.api.access import reader
from app.api.app import build_app
from app.api.config import ServeConfig
from app.service.callers import LOCAL
from app.service.studio import Studio
from app.web import render
from storyboards.brief import Brief
from storyboards.errors import BadMedia
from tests.app.api.test_guards import CALLS, EVIL, LIARS, NAMES, TAGS, png
from tests.app.api.yard import studio_over, tiny_crew

HOSTS = tuple(
    pattern.format(name)
    for pattern, name in itertools.product(
        ("{}", "{}:8000", "localhost.{}", "127.0.0.1.{}", "a@{}", "{}."),
        ("evil.example", "rebind.example", "10.0.0.1", "192.168.1.1", "169.254.169.254", "films.example", "x", "[::2]"),
    )
)
ORIGINS = tuple(
    pattern.format(name)
    for pattern, name in itertools.product(
        ("http://{}", "https://{}", "http://{}:8000", "http://localhost.{}", "http://localhost@{}", "{}"),
        ("evil.example", "rebind.example", "null", "10.0.0.1", "127.0.0.1:1", "[::1]:1", "x.localhost", "a b", "*"),
    )
)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return studio_over(tiny_crew(tmp_path))


def client_of(studio: Studio, *, gated: bool = True) -> TestClient:
    """The app, with or without what every request passes first."""
    built = build_app(studio, ServeConfig())
    if not gated:
        built.user_middleware.clear()
    return TestClient(built, base_url="http://localhost", raise_server_exceptions=False)


def strangers_let_in(client: TestClient) -> int:
    """How many requests got an answer that named another host, or came from another site's page."""
    by_host = sum(client.get("/api/jobs", headers={"host": host}).status_code != 421 for host in HOSTS)
    sent = [client.post("/api/projects/none/redo", headers={"origin": origin}) for origin in ORIGINS]
    return by_host + sum(answer.status_code != 403 for answer in sent)


def test_other_hosts_and_origins_come_in_without_the_gate(studio: Studio) -> None:
    everybody = len(HOSTS) + len(ORIGINS)
    assert everybody > 100
    assert strangers_let_in(client_of(studio)) == 0
    assert strangers_let_in(client_of(studio, gated=False)) == everybody


def swallowed(client: TestClient) -> int:
    """How many of a hundred bodies that are too large were read to their end."""
    paths = ("/api/projects", "/v1/videos", "/v1/chat/completions", "/api/webhooks", "/v1/videos/edits")
    blanks = b" " * 2_600_000
    with_length = [client.post(path, content=blanks) for path in paths * 10]
    without = [client.post(path, content=(blanks[:1_300_000] for _ in range(2))) for path in paths * 10]
    return sum(answer.status_code != 413 for answer in (*with_length, *without))


def test_bodies_of_any_size_come_in_without_the_gate(studio: Studio) -> None:
    assert swallowed(client_of(studio)) == 0
    assert swallowed(client_of(studio, gated=False)) == 100


def test_anybody_comes_in_without_the_question_who_it_is(studio: Studio) -> None:
    studio.keys.create("somebody")
    client = client_of(studio)
    assert client.get("/api/projects").status_code == 401
    assert isinstance(client.app, FastAPI)
    client.app.dependency_overrides[reader] = lambda: LOCAL
    assert client.get("/api/projects").status_code == 200


def liars_kept(studio: Studio, folder: Path) -> int:
    """How many files that are not what they are called, or carry foreign words, are in the store as they came."""
    kept = 0
    for number, (content, name) in enumerate((*itertools.product(LIARS, NAMES), (png(16, 16, more=EVIL), "fox.png"))):
        place = folder / f"{number}-{name}"
        place.write_bytes(content)
        try:
            upload = studio.uploads.keep(place, name)
        except BadMedia:
            continue
        kept += studio.uploads.path(upload.id).read_bytes() == content
    return kept


def test_liars_are_kept_without_looking_and_without_writing_anew(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert liars_kept(studio, tmp_path) == 0
    recode = app.service.uploads.recode
    monkeypatch.setattr(app.service.uploads, "recode", lambda source, kind, clean: shutil.copy(source, clean) and {})
    assert liars_kept(studio, tmp_path) == 1, "what looks like a picture is kept with all that it carries"
    monkeypatch.setattr(app.service.uploads, "kind_of", lambda path: "picture")
    assert liars_kept(studio, tmp_path) == len(LIARS) * len(NAMES) + 1
    monkeypatch.setattr(app.service.uploads, "recode", recode)
    place = tmp_path / "fox.png"
    place.write_bytes(EVIL)
    with pytest.raises(BadMedia):  # a second guard behind the first
        studio.uploads.keep(place, "fox.png")


def tags_that_run(client: TestClient, paths: list[str]) -> list[str]:
    """Pages on which a tag that somebody wrote is a tag."""
    return [path for path in paths if "<zz" in client.get(path).text]


def test_foreign_words_are_tags_without_escaping(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    payloads = [tag.format(call) for tag, call in itertools.product(TAGS, CALLS)]
    pages = ["/"]
    for number in range(0, len(payloads), 10):
        # Ten at a time: a tag that comes through is known by its first letters, which no tag of the page has.
        words = f"a fox {' '.join(payloads[number : number + 10])}".replace("<", "<zz")
        film = studio.memory.projects.create(Brief(text=words), title=words, name=f"film{number}").name
        studio.memory.projects.say(film, "director", words)
        pages += [f"/films/{film}"] if "<" in words else []
    assert len(payloads) > 100
    assert tags_that_run(client_of(studio), pages) == []

    made = render.Renderer._made

    def unescaped(self: render.Renderer) -> object:
        environment = made(self)
        environment.autoescape = False
        return environment

    monkeypatch.setattr(render.Renderer, "_made", unescaped)
    assert tags_that_run(client_of(studio), pages) == pages


def test_pages_and_answers_are_unprotected_without_their_headers(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bare(client: TestClient) -> list[str]:
        paths = ("/", "/api/projects", "/v1/models", "/films/none", "/nowhere", "/openapi.json")
        return [path for path in paths if "content-security-policy" not in client.get(path).headers]

    assert bare(client_of(studio)) == []
    monkeypatch.setattr("app.web.answers.HEADERS", {})
    assert len(bare(client_of(studio, gated=False))) == 6
