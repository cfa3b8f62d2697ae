"""What must not get through: corpora of a hundred and more against each guard, and each guard seen to matter."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

import app.api.files
import app.api.outgoing
from app.api.app import build_app
from app.api.config import ServeConfig
from app.api.outgoing import BadTarget, Outgoing
from app.service.callers import Caller
from app.service.orders import Resume
from app.service.studio import Studio
from app.service.uploads import kind_of
from storyboards.brief import Brief
from storyboards.errors import BadMedia, NotAllowed, StoryreelError
from tests.app.api.yard import studio_over, tiny_crew
from tests.fakes import tiny_board

SECRET = "the-secret-of-this-machine"
HERS, HIS = Caller(tenant="ann", key_id="key_ann"), Caller(tenant="bob", key_id="key_bob")
MARK = "only-ann-may-read-this"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio with one project of Ann's, and a secret beside its home."""
    place = tmp_path_factory.mktemp("machine")
    (place / "secret.txt").write_text(SECRET)
    (place / "secret.html").write_text(SECRET)
    studio = studio_over(tiny_crew(place / "home"))
    board = tiny_board(2, frames=4, title=MARK)
    name = studio.memory.projects.create(Brief(text=MARK), title=MARK, name="anns-film").name
    studio.memory.projects.adopt(name, board, MARK)
    studio.jobs_kept.give(name, HERS.tenant)
    return studio


def client_of(studio: Studio, **config: object) -> TestClient:
    """The app without its floor: nothing is filmed here."""
    built = build_app(studio, ServeConfig(**config))  # type: ignore[arg-type]
    return TestClient(built, base_url="http://localhost", raise_server_exceptions=False)


def routes_of(client: TestClient) -> Iterator[tuple[str, str]]:
    """Method and path of every route."""
    assert isinstance(client.app, FastAPI)
    for route in _routes(client.app.routes):
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            yield method, route.path


def _routes(routes: list) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from _routes(
                getattr(getattr(route, "router", None) or getattr(route, "original_router", None), "routes", [])
            )


def filled(path: str, value: str) -> str:
    """``path`` with every parameter replaced."""
    pieces = path.split("{")
    return pieces[0] + "".join(value + piece.split("}", 1)[1] for piece in pieces[1:])


UPS = ("../", "..%2f", "..%5c", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%c0%af", "....//", "..;/", "./.././")
ENDS = ("secret.txt", "secret.txt%00.mp4", "home/storyreel.db", "secret.html")
TRAVERSALS = [
    *(up * depth + end for up, depth, end in itertools.product(UPS, (1, 2, 6), ENDS)),
    "/etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "~/secret.txt", "anns-film/../../secret", "%00", "con",
]  # fmt: skip


def test_no_path_climbs_out_by_any_route(studio: Studio) -> None:
    assert len(TRAVERSALS) > 100
    client = client_of(studio)
    routes = [(method, path) for method, path in routes_of(client) if "{" in path and "/events" not in path]
    assert len(routes) > 40, "every route is found"
    through = []
    for number, (method, path) in enumerate(routes):
        for value in TRAVERSALS[number % 11 :: 11]:
            answer = client.request(method, filled(path, value), follow_redirects=False)
            if SECRET in answer.text or b"SQLite format" in answer.content or "root:" in answer.text:
                through.append((method, path, value))
            assert answer.status_code != 500, (method, path, value)
    assert through == []


def test_a_link_in_the_jail_leads_nowhere_and_the_jail_is_why(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (tmp_path / "secret.html").write_text(SECRET)
    (films / "film.report.html").symlink_to(tmp_path / "secret.html")
    with pytest.raises(StoryreelError):
        app.api.files.serve(films, films / "film.report.html")
    with pytest.raises(StoryreelError):
        app.api.files.serve(films, films / ".." / "secret.html")
    monkeypatch.setattr(app.api.files, "jailed", lambda root, path: path)
    assert app.api.files.serve(films, films / "film.report.html").status_code == 200


PRIVATE = (
    "127.0.0.1", "127.1", "0.0.0.0", "10.0.0.1", "10.255.1.2", "172.16.0.1", "172.31.9.9", "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fc00::1]",
    "[fd12::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]", "[ff02::1]", "[2001:db8::1]", "192.0.2.1", "203.0.113.9",
)  # fmt: skip
PLACES = ("http://{}/", "https://{}/latest/meta-data/", "http://{}:8080/x.png", "https://{}:443/?a=b")
ODD_URLS = (
    "file:///etc/passwd", "ftp://example.org/a", "gopher://example.org", "data:text/html,x", "javascript:alert(1)",
    "http://user@example.org/", "http://user:pw@example.org/", "http://example.org:22/", "http://example.org:6379/",
    "http://", "https:///x", "http://exa mple.org/", "http://example.org\\@127.0.0.1/",
    "http://example.org\r\nHost: a/",
    "http://[::1", "http://example.org:99999/", "//example.org/", "http://%31%32%37.0.0.1/", "http://[fe80::1%25eth0]/",
    "http://rebind.example/", "https://inside.example/", "http://mixed.example/", "HTTP://rebind.example/", "",
)  # fmt: skip


def named(host: str, port: int) -> list[str]:
    """Addresses as a resolver gives them; numbers resolve as the system reads them."""
    names = {"rebind.example": ["127.0.0.1"], "inside.example": ["10.1.2.3"], "mixed.example": ["93.184.216.34", "::1"],
             "public.example": ["93.184.216.34"], "127.1": ["127.0.0.1"]}  # fmt: skip
    return names.get(host, [host])


def test_the_server_goes_nowhere_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [*(place.format(address) for place in PLACES for address in PRIVATE), *ODD_URLS]
    assert len(urls) > 100
    outgoing = Outgoing(resolve=named)
    for url in urls:
        with pytest.raises(BadTarget):
            outgoing.check(url)
    assert outgoing.check("https://public.example/hook?x=1").address == "93.184.216.34"
    trusted = Outgoing(frozenset({"127.0.0.1:9000"}), named)
    assert trusted.check("http://127.0.0.1:9000/hook").port == 9000
    with pytest.raises(BadTarget):
        trusted.check("http://127.0.0.1:9001/hook")
    monkeypatch.setattr(app.api.outgoing, "is_public", lambda address: True)
    assert outgoing.check("http://169.254.169.254/").host == "169.254.169.254", "the guard is what refuses"


def png(width: int, height: int, more: bytes = b"", cut: int = 0) -> bytes:
    """A PNG that says it has this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width * 3 for _ in range(min(height, 64))))
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    whole += chunk(b"tEXt", b"Comment\0" + more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + more
    return whole[: len(whole) - cut] if cut else whole


EVIL = b"<script>alert('liar')</script>"
LIARS = (
    b"", b"\0" * 64, EVIL, b"<!doctype html>" + EVIL, b"<svg xmlns='http://www.w3.org/2000/svg'>" + EVIL,
    b"<?xml version='1.0'?><svg/>", b"ffconcat version 1.0\nfile /etc/passwd\n", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    b"%PDF-1.7 ...", b"\x7fELF\x02\x01\x01" + b"\0" * 40, b"MZ\x90\0" + b"\0" * 60, b"PK\x03\x04" + b"\0" * 30,
    b"GIF89a" + b"\0" * 30, b"BM" + b"\0" * 60, b"II*\0" + b"\0" * 60, b"\x1f\x8b\x08" + b"\0" * 20, b"#!/bin/sh\nid\n",
    b"RIFF\0\0\0\0AVI LIST", b"FLV\x01\x05", b"\xff\xfe<\0s\0", b"\xef\xbb\xbf  <html>", b"8BPS" + b"\0" * 30,
)  # fmt: skip
NAMES = ("fox.png", "fox.jpg", "clip.mp4", "voice.wav", "script.txt")


def test_files_that_lie_about_what_they_are_are_refused(tmp_path: Path) -> None:
    cases = list(itertools.product(LIARS, NAMES))
    assert len(cases) > 100
    for number, (content, name) in enumerate(cases):
        place = tmp_path / f"{number}-{name}"
        place.write_bytes(content)
        with pytest.raises(BadMedia):
            kind_of(place)


def test_what_is_kept_is_only_what_a_picture_shows(studio: Studio, tmp_path: Path) -> None:
    place = tmp_path / "fox.png"
    place.write_bytes(png(32, 32, more=EVIL))
    kept = studio.uploads.keep(place, "../../fox.png\r\nx")
    assert kept.name == "fox.pngx"
    assert EVIL not in studio.uploads.path(kept.id).read_bytes()
    for damaged in (png(60_000, 60_000), png(32, 32, cut=40)):
        place.write_bytes(damaged)
        with pytest.raises(BadMedia):
            studio.uploads.keep(place, "fox.png")
    place.write_bytes(png(8, 8))
    with pytest.raises(BadMedia, match="a clip was expected"):
        studio.uploads.keep(place, "fox.png", only="clip")


TAGS = (
    "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "\"><b onclick={}>", "'><i {}>", "</title>{}",
    "javascript:{}", "{{{{{}}}}}", "<iframe srcdoc='{}'>", "<a href='javascript:{}'>x</a>", "<!--{}-->",
)  # fmt: skip
CALLS = ("alert(1)", "fetch(1)", "x", "eval(1)", "1/0", "top.a", "a`1`", "%00", "é", "prompt()")


def test_nothing_that_is_sent_comes_back_as_a_page(studio: Studio) -> None:
    payloads = [tag.format(call) for tag, call in itertools.product(TAGS, CALLS)]
    assert len(payloads) > 100
    client = client_of(studio)
    for number, payload in enumerate(payloads):
        path = ("/api/projects/{}", "/v1/videos/{}", "/v1/models/{}", "/films/{}", "/{}")[number % 5]
        answer = client.get(path.format(quote(payload, safe="")))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in answer.headers
        if answer.headers["content-type"].startswith("text/html"):
            assert "<" not in payload or payload not in answer.text, payload
            assert (
                "script-src" in answer.headers["content-security-policy"]
                or "default-src" in answer.headers["content-security-policy"]
            )
        said = client.post("/api/projects", json={"brief": "a fox", "style": payload * 3, "backend": payload[:40]})
        assert said.headers["content-type"] == "application/json"


def test_a_tenant_finds_nothing_of_another_by_any_route(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = studio.keys.create("ann")[1]
    bob = studio.keys.create("bob")[1]
    hook = studio.hooks.add("https://ann.example/", (), HERS)[0]
    place = studio.memory.home / "note.txt"
    place.write_text(MARK)
    upload = studio.uploads.record("text", MARK, studio.store.put(place, ".txt"), {}, HERS)
    job = studio.jobs_kept.queue(Resume(), "anns-film", HERS)
    video = studio.videos.record(
        job.id, "anns-film", HERS, {"model": "storyreel", "prompt": MARK, "seconds": "1", "size": "64x64"}
    )
    ids = {
        "name": "anns-film", "project": "anns-film", "video_id": video.id, "job_id": job.id, "upload_id": upload.id,
        "hook_id": hook.id, "shot_id": "s1", "shot": "s1", "element": "fox", "key": "0" * 64,
        "character_id": upload.id, "model": "storyreel",
    }  # fmt: skip
    client = client_of(studio)
    bodies = {
        "words": "make it darker", "text": "hello", "token": "0" * 64, "version": "1", "name": "b", "locked": True,
        "take": 1, "upload": upload.id, "storyboard": tiny_board(1).document(), "prompt": "x",
        "video": {"id": video.id},
    }  # fmt: skip
    tried = []
    for method, path in routes_of(client):
        if "{" not in path or path.endswith("/models/{model}") or path.startswith("/static"):
            continue
        address = path
        for name, value in ids.items():
            address = address.replace("{" + name + "}", value)
        asked = _asked_of(client, method, path, bodies)
        tried.append((method, filled(address, "1") if "{" in address else address, asked))
    for method, address, asked in tried:
        for key, refused in ((bob, (403, 404)), ("", (401, 303)), ("sk-storyreel-none", (401, 303))):
            shown = {"authorization": f"Bearer {key}"} if key else {}
            answer = client.request(method, address, headers=shown, follow_redirects=False, **asked)
            assert answer.status_code in refused, (method, address, key[:14], answer.status_code, answer.text[:200])
            assert MARK not in answer.text, (method, address)
    assert len(tried) > 60
    for path in ("/api/projects", "/api/jobs", "/api/uploads", "/api/webhooks", "/v1/videos"):
        theirs = client.get(path, headers={"authorization": f"Bearer {bob}"})
        assert theirs.status_code == 200
        assert "anns-film" not in theirs.text
        assert MARK not in theirs.text
        mine = client.get(path, headers={"authorization": f"Bearer {ann}"})
        assert mine.json() not in ([], {"data": []}), "there is something to find"
    monkeypatch.setattr(Caller, "sees", lambda self, tenant: True)
    assert client.get("/api/projects/anns-film", headers={"authorization": f"Bearer {bob}"}).status_code == 200
    monkeypatch.undo()
    # What was refused were requests that the routes take: from her they come through to what there is.
    for method, address, asked in sorted(tried, key=lambda row: row[0] == "DELETE"):
        if address.endswith(("/events", "/live")):
            continue
        shown = {"authorization": f"Bearer {ann}"}
        answer = client.request(method, address, headers=shown, follow_redirects=False, **asked)
        of_the_home = address.endswith(("/cast", "/keep"))  # the library is its owner's, whoever's the film is
        wrong = (401, 422) if of_the_home else (401, 403, 422)
        assert answer.status_code not in wrong, (method, address, answer.status_code, answer.text[:200])


PAGE_FORM = {"words": "make it darker", "token": "0" * 64, "order": "s1 s2", "ref": "1", "locked": "1", "ordinal": "1",
             "entry": "Robin", "element": "fox", "length": "8 s"}  # fmt: skip


def _asked_of(client: TestClient, method: str, path: str, bodies: dict) -> dict:
    """What a route is to be sent: a form with a picture for those of the page, else JSON by its schema."""
    if path.startswith("/films"):
        return {"data": PAGE_FORM, "files": {"picture": ("fox.png", png(8, 8))}} if method == "POST" else {}
    return {"json": _fields_of(client, method, path, bodies)}


def _fields_of(client: TestClient, method: str, path: str, bodies: dict) -> dict | None:
    """A body that a route would take, by its own schema."""
    document = client.app.openapi()  # type: ignore[attr-defined]
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    known = {name: bodies[name] for name in schema.get("properties", {}) if name in bodies}
    return known if known or content else None


def test_a_key_is_good_until_it_is_revoked_and_reads_only_if_it_says_so(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    view, secret = studio.keys.create("reader", scopes=("read",))
    assert secret.encode() not in (tmp_path / "storyreel.db").read_bytes()
    client = client_of(studio)
    shown = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/projects", headers=shown).status_code == 200
    assert client.get("/api/projects").status_code == 401
    assert client.post("/api/projects", headers=shown, json={"brief": "a fox"}).status_code == 403
    studio.keys.revoke(view.id)
    other = studio.keys.create("other")[1]
    assert client.get("/api/projects", headers=shown).status_code == 401
    assert client.get("/api/projects", headers={"authorization": f"Bearer {other}"}).status_code == 200


def test_strangers_are_served_only_with_keys(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    for config in (
        ServeConfig(host="0.0.0.0"),
        ServeConfig(hosts=frozenset({"films.example"})),
        ServeConfig(host="::"),
    ):
        with pytest.raises(NotAllowed):
            build_app(studio, config)
    studio.keys.create("somebody")
    build_app(studio, ServeConfig(host="0.0.0.0"))


def test_other_names_and_other_sites_are_turned_away(tmp_path: Path) -> None:
    client = client_of(studio_over(tiny_crew(tmp_path)))
    for host in (
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "[::2]",
        "",
        "a@localhost",
    ):
        assert client.get("/api/projects", headers={"host": host}).status_code == 421, host
    for host in ("localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/api/projects", headers={"host": host}).status_code == 200, host
    brief = {"brief": "a fox"}
    for origin in ("https://evil.example", "null", "http://localhost:9999", "http://localhost.evil.example"):
        assert client.post("/api/projects", json=brief, headers={"origin": origin}).status_code == 403, origin
    assert client.post("/api/projects", json=brief, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/api/projects", json=brief, headers={"origin": "http://localhost"}).status_code == 202


def test_bodies_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(studio_over(tiny_crew(tmp_path)))
    assert client.post("/api/projects", content=b"x" * 2_600_000).status_code == 413
    pieces = (b"x" * 500_000 for _ in range(8))
    assert client.post("/api/projects", content=pieces).status_code == 413, "without a length, too"
    monkeypatch.setattr("app.service.uploads.MOST_BYTES", 1000)
    assert client.post("/api/uploads", content=io.BytesIO(b"a" * 1001).getvalue()).status_code == 413
