"""The page in a real browser, against a real server that films: every promise of the page is carried out by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.bootstrap import open_memory
from app.service.keys import Keys
from app.settings import Settings
from tests.app.page_looks import WATCH_JUMPS, until, violations
from tests.app.page_server import PageServer
from tests.fakes import plain_film
from tools.media import png_bytes, write_wave

REQUIRED = os.environ.get("STORYREEL_BROWSER_TESTS") == "required"
"""Where nothing may be skipped, as in .ci/run, a browser that is missing is a failure."""

if REQUIRED:
    from playwright import sync_api
else:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
BRIEF = (
    "A red fox walks through a forest. An owl lands in the forest at night. Two shots. <b onclick=alert(1)>Calm</b>."
)
PATIENCE_MS = 90_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="chromium is not installed"),
    pytest.mark.timeout(240),
]

expect = sync_api.expect


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[PageServer]:
    server = PageServer(tmp_path_factory.mktemp("studio"))
    server.start()
    yield server
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        server.stop(failures=request.session.testsfailed)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any, server: PageServer) -> Iterator[Any]:
    """Opens pages, and at the end holds that none of them broke the policy, had an error or ran foreign words."""
    contexts, complaints = [], []

    def opened(path: str = "/", **options: Any) -> Any:
        context = browser.new_context(viewport=options.pop("viewport", {"width": 1280, "height": 860}), **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def film(browser: Any, server: PageServer) -> str:
    """The path of a finished film of two shots, made through the page."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    begin(page)
    page.get_by_role("button", name="Film it").click()
    expect(page.locator("#player")).to_be_attached(timeout=PATIENCE_MS)
    expect(page.locator("#working")).to_have_count(0, timeout=PATIENCE_MS)
    path = page.url.removeprefix(server.url)
    context.close()
    return path


def begin(page: Any) -> None:
    """Write a brief for a small quick film, and wait for its plan."""
    send_brief(page)
    expect(page.get_by_role("heading", name="The storyboard is ready")).to_be_visible(timeout=PATIENCE_MS)


def send_brief(page: Any) -> None:
    page.get_by_label("Your brief").fill(BRIEF)
    page.get_by_label("Length").select_option("6")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Size").select_option("320x180")
    page.get_by_role("button", name="Plan the film").click()


def settled(page: Any) -> None:
    """Nothing is under way or about to be; the film is of the plan in force."""
    for _ in range(2):
        expect(page.locator("#working")).to_have_count(0, timeout=PATIENCE_MS)
        expect(page.locator("#screen .badge")).to_have_text("complete", timeout=PATIENCE_MS)
        page.wait_for_timeout(500)
    expect(page.locator("#working")).to_have_count(0, timeout=PATIENCE_MS)


def test_from_brief_to_export(open_page: Any, server: PageServer) -> None:
    page = open_page()
    begin(page)
    expect(page.locator("#cards > .card")).to_have_count(2)
    expect(page.locator("#log")).to_contain_text("<b onclick=alert(1)>")
    expect(page.locator("#offer")).to_contain_text("$0.00")
    assert page.locator("#player").count() == 0, "nothing is filmed before somebody says so"
    assert violations(page) == []

    page.evaluate(WATCH_JUMPS)
    page.get_by_role("button", name="Film it").click()
    expect(page.locator("#cards .still img")).to_have_count(2, timeout=PATIENCE_MS)
    settled(page)
    assert page.evaluate("window.jumps") == [], "nothing on the right moves while the cards fill in"

    page.locator("#shot-s2 .show").click()
    until(page, "document.getElementById('player').currentTime > 2.5")
    expect(page.locator("#shot-s2")).to_have_attribute("data-live-plays", "")
    assert page.evaluate("document.getElementById('player').textTracks.length") == 1

    takes_again_and_keeps_the_old_one(page)
    compares(page)
    changes_and_undoes(page)
    exports(page)


def takes_again_and_keeps_the_old_one(page: Any) -> None:
    first = page.locator("#player").get_attribute("src")
    page.get_by_role("button", name="Retake shot 1").click()
    expect(page.locator("#shot-s1 .take")).to_have_count(2, timeout=PATIENCE_MS)
    settled(page)
    expect(page.locator("#player")).not_to_have_attribute("src", first)

    chosen = 1 if page.locator("#shot-s1 .take").nth(1).get_attribute("aria-pressed") == "true" else 2
    page.locator(f"#shot-s1 [data-take='{chosen}']").click()
    expect(page.locator(f"#shot-s1 [data-take='{chosen}']")).to_have_attribute(
        "aria-pressed", "true", timeout=PATIENCE_MS
    )
    settled(page)


def compares(page: Any) -> None:
    page.locator("#shot-s1").get_by_role("button", name="More about shot 1").click()
    page.get_by_role("link", name="Compare takes").click()
    expect(page.get_by_role("heading", name="Takes of shot 1")).to_be_visible()
    page.get_by_role("button", name="Play both").click()
    until(page, "[...document.querySelectorAll('video')].every((video) => video.currentTime > 0.3)")
    page.get_by_role("link", name="Back to the film").click()


def changes_and_undoes(page: Any) -> None:
    page.get_by_role("button", name="Change shot 2").click()
    page.locator("#say-s2").fill("darker")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled(timeout=PATIENCE_MS)
    settled(page)
    changed = page.locator("#player").get_attribute("src")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#player")).not_to_have_attribute("src", changed, timeout=PATIENCE_MS)
    settled(page)


def exports(page: Any) -> None:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="OpenTimelineIO").click()
    document = json.loads(Path(coming.value.path()).read_text(encoding="utf-8"))
    assert document["OTIO_SCHEMA"].startswith("Timeline")


def test_the_keyboard_is_enough(open_page: Any, film: str) -> None:
    page = open_page(film)
    focused = "document.activeElement.closest('.card')?.dataset.number"
    page.keyboard.press("j")
    assert page.evaluate(focused) == "1"
    page.keyboard.press("j")
    assert page.evaluate(focused) == "2"
    page.keyboard.press("k")
    assert page.evaluate(focused) == "1"
    page.keyboard.press(" ")
    until(page, "!document.getElementById('player').paused")
    page.keyboard.press(" ")
    until(page, "document.getElementById('player').paused")
    page.keyboard.press("l")
    expect(page.locator("#shot-s1")).to_have_class(re.compile("locked"))
    page.keyboard.press("l")
    expect(page.locator("#shot-s1")).not_to_have_class(re.compile("locked"))
    settled(page)
    page.keyboard.press("e")
    assert page.evaluate("document.activeElement.id") == "say-s1"
    page.keyboard.type("j?")
    assert page.locator("#say-s1").input_value() == "j?", "keys are letters while somebody writes"
    page.keyboard.press("Escape")
    expect(page.locator("#edit-s1")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()


def test_shots_are_reordered_without_a_mouse_and_with_one(open_page: Any, film: str) -> None:
    page = open_page(film)
    order = lambda: [card.get_attribute("data-shot") for card in page.locator("#cards > .card").all()]  # noqa: E731
    before = order()
    page.keyboard.press("j")
    with page.expect_response("**/order") as answer:
        page.keyboard.press("Alt+ArrowRight")
    assert answer.value.ok, answer.value.headers
    expect(page.locator("#cards > .card").first).to_have_attribute("data-shot", before[1])
    expect(page.locator("#log")).to_contain_text("shots in the order 2, 1")
    settled(page)
    page.reload()
    assert order() == before[::-1], "the order is the film's and not only the page's"
    page.locator(".card").last.locator(".acts").scroll_into_view_if_needed()
    grip, other = page.locator("[data-grip]").last.bounding_box(), page.locator(".card").first.bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(other["x"] + 20, other["y"] + 60, steps=6)
    with page.expect_response("**/order"):
        page.mouse.up()
    settled(page)
    page.reload()
    assert order() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_is_found(open_page: Any, film: str, scheme: str) -> None:
    page = open_page(film, color_scheme=scheme)
    found = violations(page)
    page.locator("#shot-s1 .promises").click()
    expect(page.get_by_text("What shot 1 promised")).to_be_visible()
    found += violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found += violations(page)
    page.goto(page.url.replace(film, "/"))
    found += violations(page)
    assert found == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_barrier_where_takes_and_cuts_are_compared(open_page: Any, film: str, scheme: str, width: int) -> None:
    page = open_page(film, color_scheme=scheme, viewport={"width": width, "height": 860})
    settled(page)
    if page.locator("#shot-s2 .take").count() < 2:
        with page.expect_response("**/shots/s2/retake"):
            page.locator("#shot-s2").get_by_role("button", name="Retake").click()
        expect(page.locator("#shot-s2 .take")).to_have_count(2, timeout=PATIENCE_MS)
        settled(page)
    for query, heading in (("?shot=s2", "Takes of shot 2"), ("", "Cuts of the film")):
        page.goto(f"{page.url.partition('/films')[0]}{film}/compare{query}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == [], query


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_barrier_is_found_at_the_door(browser: Any, tmp_path: Path, scheme: str, width: int) -> None:
    """Of a server with keys: who shows none is asked for it, a wrong one is said to be wrong, a good one comes in."""
    secret = Keys(open_memory(Settings(home=tmp_path)).database).create("ann")[1]
    door = PageServer(tmp_path)
    door.start()
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    try:
        page = context.new_page()
        page.goto(door.url)
        assert violations(page) == []
        page.get_by_label("Key").fill("sk-storyreel-wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_label("Key").fill(secret)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Your brief")).to_be_visible()
    finally:
        context.close()
        door.stop()


def test_a_phone_in_the_dark(open_page: Any, film: str) -> None:
    page = open_page(film, viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True, is_mobile=True)
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 19, 17)"
    expect(page.locator("#words")).to_be_hidden()
    page.get_by_role("button", name="Talk").tap()
    expect(page.locator("#words")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Film", exact=True).tap()
    page.locator("#shot-s1 .promises").tap()
    seen = page.locator("#claims-s1 .claim[tabindex]").first
    seen.tap()
    expect(seen.locator(".evidence img")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-theme-form] button").tap()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(page.url.replace(film, "/"))
    assert page.evaluate(wide)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_what_is_attached_says_what_it_is_for(open_page: Any, tmp_path: Path, scheme: str, width: int) -> None:
    clip, voice, long, page_file = (tmp_path / name for name in ("beach.mp4", "me.wav", "long.mp4", "notes.pdf"))
    plain_film(clip, 8, seconds=1)
    plain_film(long, 1, seconds=62)
    write_wave(voice, np.zeros((2, 2 * 48_000), np.float32) + 0.01)
    page_file.write_bytes(b"%PDF-1.4")
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 860})
    page.locator("input[name=files]").set_input_files([clip, voice, page_file])
    expect(page.locator("#toasts")).to_contain_text("notes.pdf is no picture, clip, sound or text")
    rows = page.locator("[data-files] li")
    expect(rows).to_have_count(2)
    page.get_by_label("beach.mp4 plays as shot").fill("2")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    send_brief(page)
    if width < 820:
        page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("heading", name="The storyboard is ready")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#log")).to_contain_text("beach.mp4 (1.0 s) plays as shot 2.")
    expect(page.locator("#log")).to_contain_text("me.wav (2.0 s) is heard over the film.")
    expect(page.locator("#offer")).to_contain_text("1 of 2, the rest is there")
    assert "plays your clip" in (page.locator("#shot-s2 .facts-line").text_content() or "")

    expect(rows).to_have_count(0)
    page.locator("#composer input[name=files]").set_input_files([clip, long])
    assert page.get_by_label("long.mp4 plays as").input_value() == "2", "the first has shot 1"
    page.get_by_role("button", name="Take beach.mp4 away").click()
    assert violations(page) == []
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#toasts")).to_contain_text("a clip may last 60 s, it lasts 62 s")
    expect(rows).to_have_count(1)
    assert "beach.mp4" not in rows.all_text_contents()[0]
    assert page.locator("#log .message.user").count() == 1, "nothing was said with what was refused"


def test_a_picture_is_for_whom_it_shows_or_for_a_shot_that_begins_with_it(open_page: Any, tmp_path: Path) -> None:
    for name, grey in (("fox.png", 60), ("wood.png", 180)):
        (tmp_path / name).write_bytes(png_bytes(np.full((96, 128, 3), grey, np.uint8)))
    page = open_page()
    page.locator("input[name=files]").set_input_files([tmp_path / "wood.png"])
    page.get_by_label("wood.png is for").fill("backdrop of shot 2")
    page.get_by_label("Filmed by").select_option("reel")
    begin(page)
    expect(page.locator("#log")).to_contain_text("shot 2 begins with wood.png.")
    page.locator("#composer input[name=files]").set_input_files([tmp_path / "fox.png"])
    use = page.get_by_label("fox.png is for")
    assert use.input_value() == "fox", "it is called after somebody of the cast"
    assert use.locator("option").all_inner_texts()[:4] == ["fox", "owl", "beginning of shot 1", "backdrop of shot 1"]
    use.select_option("beginning of shot 1")
    assert violations(page) == []
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#log")).to_contain_text("shot 1 begins with fox.png.", timeout=PATIENCE_MS)
    expect(page.locator("#log")).not_to_contain_text("looks as in")


def test_reload_and_a_power_cut_in_the_middle(open_page: Any, film: str, server: PageServer) -> None:
    page = open_page(film)
    page.get_by_label("Say what to change, or ask").fill("make shot 1 darker and shot 2 darker")
    page.keyboard.press("Enter")
    expect(page.locator("#working")).to_be_visible()
    page.reload()
    expect(page.locator("#working")).to_be_visible()
    server.kill()
    expect(page.locator("#offline")).to_be_visible(timeout=30_000)
    page.evaluate("window.same = true")
    server.start()
    expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    settled(page)
    assert page.evaluate("window.same"), "the page caught up by itself"
    expect(page.locator("#log")).to_contain_text("make shot 1 darker")
    expect(page.locator("#cards .chip")).to_have_count(0)
