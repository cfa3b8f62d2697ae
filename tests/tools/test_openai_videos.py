"""A video server as a backend, over real HTTP: what is asked, what comes back, and who pays when it goes wrong."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from agent.director import Director
from agent.produce import film_take, intent_for
from app.bootstrap import choose_backend
from app.settings import read_settings
from storyboards.brief import Brief, Limits
from storyboards.errors import BackendUnavailable, BadInput, GenerationFailed, TakeCorrupt, TakeDoubtful
from tests.fakes import ScriptedPlanner, fake_crew, tiny_board
from tests.video_server import VideoServer
from tools.backends.attended import attended
from tools.backends.fitting import Fit, retimed
from tools.backends.openai_videos import Offer, OpenAIVideos
from tools.backends.priced import BackendPrice, PricedBackend
from tools.backends.video_wire import Patience, Server
from tools.contract import Filming, Opening, Reference, RemoteBackend, ShotRequest, quiet, request_for
from tools.generate_video import check_picture
from tools.media import png_bytes, read_frames

HASTE = Patience(reply_s=20.0, file_s=20.0, poll_s=0.02, tries=3)


def request(frames: int = 12) -> ShotRequest:
    board = tiny_board(1, frames)
    return request_for(board, board.shots[0])


def backend_of(
    server: VideoServer, patience: Patience = HASTE, offer: Offer | None = None, dedupes: bool = False
) -> OpenAIVideos:
    return OpenAIVideos(Server(server.base_url, "m", "secret"), patience, offer, dedupes=dedupes)


def filmed(
    server: VideoServer, tmp_path: Path, patience: Patience = HASTE, offer: Offer | None = None, dedupes: bool = False,
    frames: int = 12, progress: Callable[[float], None] = quiet,
) -> Filming:  # fmt: skip
    made = backend_of(server, patience, offer, dedupes).film(request(frames), tmp_path / "a.mp4", "key", progress)
    check_picture(tmp_path / "a.mp4", request(frames), "openai-videos")
    assert made is not None
    return made


@pytest.fixture(scope="module", autouse=True)
def _caption_is_loaded() -> None:
    """What is loaded for the caption takes seconds, which are not those that are measured here."""
    from models.world.caption import captions
    from tools.staging import scene_of

    captions(scene_of(request()), sound=False)


class StoppedError(Exception):
    pass


def stop(share: float) -> None:
    raise StoppedError


def test_a_shot_is_ordered_waited_for_and_brought_into_its_form(tmp_path: Path) -> None:
    told: list[float] = []
    began = time.monotonic()
    with VideoServer(tmp_path / "films", work_s=0.4) as server:
        made = filmed(server, tmp_path, replace(HASTE, poll_s=30.0), progress=told.append)
        fields = server.jobs["video_1"][0]
    assert (fields["model"], fields["seconds"], fields["size"]) == ("m", "2", "64x64")
    assert "orange fox" in fields["prompt"]
    assert "forest" in fields["prompt"]
    assert server.charges == ["key"]
    middle = next(iter(read_frames(tmp_path / "a.mp4")))[32, 32]
    assert middle[0] > 200 > middle[2], "orange"
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert (made.recipe["job"], made.notes) == ("video_1", ())
    assert time.monotonic() - began < 30.0, "looked as often as the server asked for, not each 30 s"


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [("refuse", GenerationFailed, "no such size"), ("moderate", GenerationFailed, "declined"),
     ("broke", BackendUnavailable, "no money"), ("key", BackendUnavailable, "wrong key"),
     ("away", BackendUnavailable, "not followed")],
)  # fmt: skip
def test_an_order_that_is_refused_was_not_charged(
    fault: str, error: type[Exception], words: str, tmp_path: Path
) -> None:
    with VideoServer(tmp_path / "there") as there, VideoServer(tmp_path / "films", faults={1: fault}) as server:
        server.elsewhere = there.base_url.removesuffix("/v1")
        with pytest.raises(GenerationFailed, match=words) as caught:
            filmed(server, tmp_path)
        assert (server.orders, server.charges, there.orders) == (1, [], 0)
    assert type(caught.value) is error
    assert "secret" not in f"{caught.value}{caught.value.__cause__}"


def test_a_busy_server_is_asked_again_when_it_says(tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: "busy", 2: "busy"}) as server:
        began = time.monotonic()
        filmed(server, tmp_path)
        assert time.monotonic() - began >= 0.2
        assert (server.orders, len(server.charges)) == (3, 1)
    with VideoServer(tmp_path / "films", faults=dict.fromkeys(range(1, 9), "busy")) as server:
        with pytest.raises(BackendUnavailable, match="slow down"):
            filmed(server, tmp_path)
        assert (server.orders, server.charges) == (3, [])


@pytest.mark.parametrize("fault", ["drop", "500", "garbage", "mute"])
def test_an_order_without_an_answer_is_in_doubt_and_not_sent_again(fault: str, tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: fault}) as server:
        with pytest.raises(TakeDoubtful, match="may have been charged"):
            filmed(server, tmp_path, replace(HASTE, reply_s=2.0))
        assert (server.orders, server.charges) == (1, ["key"])


@pytest.mark.parametrize("fault", ["drop", "500"])
def test_a_server_that_dedupes_is_sent_the_same_order_again(fault: str, tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: fault}, dedupes=True) as server:
        made = filmed(server, tmp_path, dedupes=True)
        assert (server.orders, server.charges, made.recipe["job"]) == (2, ["key"], "video_1")


def test_a_job_that_failed_before_is_not_answered_with_for_ever(tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: "fail"}, dedupes=True) as server:
        made = filmed(server, tmp_path, dedupes=True)
        assert made.recipe["job"] == "video_2"
        assert len(server.charges) == 1
        assert server.charges[0] != "key"
        again = filmed(server, tmp_path, dedupes=True)
        assert (again.recipe["job"], len(server.charges)) == ("video_2", 1), "the same walk to the same job"


@pytest.mark.parametrize(
    ("fault", "words"),
    [("text", "none of the formats"), ("short", "lasts 0.25 s, and the shot needs 1.50 s"),
     ("long", "lasts 10.00 s, and 2 s were ordered"), ("size", "96x32, and 64x64 were ordered"),
     ("corrupt", "cut short|cannot be decoded"), ("page", "'text/html' and not a video"),
     ("elsewhere", "another host"), ("large", "more than 1,000 bytes")],
)  # fmt: skip
def test_a_film_that_is_not_what_was_ordered_is_refused_and_not_ordered_again(
    fault: str, words: str, tmp_path: Path
) -> None:
    patience = replace(HASTE, most_bytes=1000) if fault == "large" else HASTE
    with VideoServer(tmp_path / "there") as there, VideoServer(tmp_path / "films", faults={1: fault}) as server:
        server.elsewhere = there.base_url.removesuffix("/v1").replace("127.0.0.1", "localhost")
        with pytest.raises(TakeCorrupt, match=words):
            filmed(server, tmp_path, patience)
        assert (server.orders, there.calls) == (1, [])
    assert list(tmp_path.glob("*.mp4")) == []


@pytest.mark.parametrize("fault", ["shaky", "cut once", "moved"])
def test_asking_and_fetching_cost_nothing_and_are_tried_again(fault: str, tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: fault}) as server:
        filmed(server, tmp_path)
        assert server.orders == 1


@pytest.mark.parametrize("fault", ["cut", "drip"])
def test_a_film_that_does_not_arrive_can_be_collected_later(fault: str, tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: fault}) as server:
        with pytest.raises(BackendUnavailable) as caught:
            filmed(server, tmp_path, replace(HASTE, file_s=0.4, tries=2))
        assert server.orders == 1
    assert "not paid for again" in caught.value.next_step
    assert list(tmp_path.glob("*.mp4")) == []


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [("fail", GenerationFailed, "could not film it: out of film"), ("blocked", GenerationFailed, "declined the shot"),
     ("forget", TakeDoubtful, "no longer knows what was paid for")],
)  # fmt: skip
def test_only_the_servers_word_makes_a_failure(fault: str, error: type[Exception], words: str, tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: fault}) as server:
        with pytest.raises(GenerationFailed, match=words) as caught:
            filmed(server, tmp_path)
        assert server.orders == 1
    assert type(caught.value) is error


def test_a_job_that_does_not_end_is_left_for_later(tmp_path: Path) -> None:
    late = pytest.raises(BackendUnavailable, match=r"not finished within 0\.3 s")
    with VideoServer(tmp_path / "films", work_s=60.0) as server, late:
        filmed(server, tmp_path, replace(HASTE, job_s=0.3))


def test_a_server_that_goes_away_is_waited_for_a_while(tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", work_s=0.5) as server:
        backend = backend_of(server, replace(HASTE, outage_s=5.0, tries=1))
        job = backend.order(request(), "key")
        server.away = 3
        assert backend.collect(job, request(), tmp_path / "a.mp4") is not None
        server.away = 1_000_000
        backend = backend_of(server, replace(HASTE, outage_s=0.2, tries=1))
        with pytest.raises(BackendUnavailable, match="503") as caught:
            backend.collect(job, request(), tmp_path / "b.mp4")
    assert "not paid for again" in caught.value.next_step


def test_nobody_at_the_address_is_no_doubt(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}/v1", "ftp://127.0.0.1/v1"):
        with pytest.raises(BackendUnavailable, match="cannot be reached"):
            OpenAIVideos(Server(address, "m"), HASTE).order(request(), "key")


@pytest.mark.parametrize("fault", ["mute", "drip", ""])
def test_a_cancelled_run_ends_within_a_second_wherever_it_is(fault: str, tmp_path: Path) -> None:
    """While the answer to the order is awaited, while the film comes in, while the job is at work."""
    with VideoServer(tmp_path / "films", faults={1: fault}, work_s=0.0 if fault else 60.0) as server:
        backend = backend_of(server, replace(HASTE, poll_s=30.0))
        began = time.monotonic()
        with pytest.raises(StoppedError):
            backend.film(request(), tmp_path / "a.mp4", "key", stop)
        assert time.monotonic() - began < 1.5
        assert server.orders == 1


def test_an_answer_that_is_about_to_come_is_not_torn_off() -> None:
    async def answer(after_s: float) -> str:
        await asyncio.sleep(after_s)
        return "video_1"

    assert attended(answer(0.4), stop, lambda: 0.0, grace_s=0.6) == "video_1"
    with pytest.raises(StoppedError):
        attended(answer(5.0), stop, lambda: 0.0, grace_s=0.1)


def test_what_the_server_does_not_film_is_mapped_said_and_priced(tmp_path: Path) -> None:
    offer = Offer(sizes=((128, 72), (72, 128), (256, 144)), lengths_s=(4.0, 8.0))
    with VideoServer(tmp_path / "films") as server:
        made = filmed(server, tmp_path, offer=offer)
        fields = server.jobs["video_1"][0]
        backend = backend_of(server, offer=offer)
        assert (fields["seconds"], fields["size"]) == ("4", "128x72")
        assert made.notes == ("filmed at 128x72 and put on black for 64x64: 44% is bars",)
        assert PricedBackend(backend, BackendPrice(usd_per_second=0.10)).price_usd(request()) == pytest.approx(0.40)
        with pytest.raises(GenerationFailed, match=r"lasts 9\.00 s; m films 8 s at most"):
            backend.order(request(72), "key")
        assert server.orders == 1
        assert backend.version != backend_of(server).version
    assert offer.size_for(1280, 720) == (256, 144)
    assert offer.size_for(96, 54) == (128, 72)
    assert Offer().length_for(2.0) == 2.0


def test_a_picture_that_was_given_is_sent_along(tmp_path: Path) -> None:
    look = np.zeros((20, 40, 4), np.uint8)
    look[:, 10:30] = (250, 120, 10, 255)
    place = tmp_path / "look.png"
    place.write_bytes(png_bytes(look))
    shown = replace(request(), references=(Reference("fox", "0" * 64, place, given=True),))
    with VideoServer(tmp_path / "films") as server:
        plain, told = (OpenAIVideos(Server(server.base_url, "m"), HASTE, uses_references=on) for on in (False, True))
        plain.order(shown, "a")
        told.order(shown, "b")
        first = tmp_path / "first.png"
        first.write_bytes(png_bytes(np.full((20, 40, 3), 7, np.uint8)))
        told.order(replace(shown, opening=Opening(first, "1" * 64)), "c")
        sent = [job[0].get("input_reference", "") for job in server.jobs.values()]
    assert [part[1:4] for part in sent] == ["", "PNG", "PNG"]
    assert sent[1] != sent[2], "what the shot begins with comes before what somebody in it looks like"
    assert (plain.abilities, told.abilities) == (frozenset(), {"begin_with_picture", "continue_from_last_frame"})


def test_the_settings_make_the_backend(tmp_path: Path) -> None:
    words = {
        "STORYREEL_VIDEO_BASE_URL": "http://127.0.0.1:1/v1", "STORYREEL_VIDEO_MODEL": "m",
        "STORYREEL_VIDEO_SIZES": "1280x720, 720x1280", "STORYREEL_VIDEO_LENGTHS_S": "4,8",
        "STORYREEL_PRICE_OPENAI_VIDEOS_USD_PER_SECOND": "0.1",
    }  # fmt: skip
    settings = read_settings(words, tmp_path)
    assert settings.video is not None
    assert (settings.video.sizes, settings.video.lengths_s) == (((1280, 720), (720, 1280)), (4.0, 8.0))
    assert choose_backend("openai-videos", settings).price_usd(request()) == pytest.approx(0.4)
    for name, wrong in (("SIZES", "1280"), ("SIZES", "0x720"), ("LENGTHS_S", "-4"), ("LIMIT_S", "soon")):
        with pytest.raises(BadInput, match=f"STORYREEL_VIDEO_{name}"):
            read_settings(words | {f"STORYREEL_VIDEO_{name}": wrong}, tmp_path)


def test_a_price_is_put_on_any_backend(tmp_path: Path) -> None:
    backend = OpenAIVideos(Server("http://127.0.0.1:1/v1", "m"))
    priced = PricedBackend(backend, BackendPrice(usd_per_second=0.10, usd_per_call=0.05))
    assert backend.price_usd(request(12)) == 0.0
    assert priced.price_usd(request(12)) == pytest.approx(0.05 + 0.20), "two whole seconds are ordered"
    assert (priced.name, priced.version, priced.dedupes) == ("openai-videos", backend.version, False)
    assert isinstance(priced, RemoteBackend)


def test_there_is_no_default_model() -> None:
    with pytest.raises(BadInput, match="model id"):
        OpenAIVideos(Server("http://127.0.0.1:1/v1", " "))


@pytest.mark.parametrize("fault", ["", "short"])
def test_what_was_ordered_is_collected_by_the_next_run_and_paid_once(fault: str, tmp_path: Path) -> None:
    """A run that ends while the job is at work, or with a film that is refused; then a file that is lost."""
    with VideoServer(tmp_path / "films", faults={1: fault}, work_s=0.0 if fault else 0.6) as server:
        backend = PricedBackend(backend_of(server), BackendPrice(usd_per_call=0.25))
        crew = fake_crew(tmp_path / "home", backend=backend)
        board = tiny_board(1, 12, music=None)
        crew.memory.projects.create(Brief(text="A fox."), "Fox", "fox")
        intent, asked = intent_for(crew, "fox", board, board.shots[0]), request_for(board, board.shots[0])
        with pytest.raises(TakeCorrupt if fault else StoppedError):
            film_take(crew, intent, asked, quiet if fault else stop)
        (entry,) = crew.memory.ledger.entries("fox")
        assert (entry.state, entry.job) == ("unknown" if fault else "running", "video_1")
        server.jobs["video_1"] = (server.jobs["video_1"][0], "", 0.0)
        take = film_take(crew, intent, asked)
        assert (take.cost_usd, take.recipe["job"]) == (0.25, "video_1")
        crew.store.discard(take.video_sha256)
        assert film_take(crew, intent, asked).video_sha256 == take.video_sha256
        assert (server.orders, server.charges) == (1, [intent.key])
        assert crew.memory.ledger.spent("fox")[0] == 0.25


def test_pictures_are_cropped_a_little_or_else_put_on_black() -> None:
    frame = np.full((40, 60, 3), 200, np.uint8)
    assert (Fit.of((60, 40), (60, 40))(frame) == frame).all()
    wide, tall = Fit.of((60, 40), (64, 40))(frame), Fit.of((60, 40), (40, 64))(frame)
    assert (wide.shape, int(wide.min())) == ((40, 64, 3), 200)
    rows = tall[:, 20, 0]
    assert (tall.shape, int(rows[0]), int(rows[32]), int(rows[-1])) == ((64, 40, 3), 0, 200, 0)
    assert [Fit.of((60, 40), size).note != "" for size in ((120, 80), (64, 40), (40, 64))] == [False, True, True]


def test_frames_are_those_that_play_at_the_time() -> None:
    def shown(rate: int, to: int, have: int, count: int) -> list[int]:
        frames = (np.array(number) for number in range(have))
        return [int(frame) for frame in retimed(frames, Fraction(rate), Fraction(to), count)]

    assert shown(8, 8, 8, 6) == [0, 1, 2, 3, 4, 5]
    assert shown(8, 24, 8, 9) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert shown(24, 8, 24, 4) == [1, 4, 7, 10]
    assert shown(8, 8, 3, 5) == [0, 1, 2, 2, 2]


def test_another_storyreel_films(tmp_path: Path) -> None:
    """Our own server: a tiny film of its own is the shot, and two orders with one key are one job there."""
    from tests.app.api.yard import serving, studio_over, tiny_crew

    crew = tiny_crew(tmp_path / "there")
    with serving(studio_over(crew)) as there:
        backend = OpenAIVideos(Server(f"{there.url}/v1", "storyreel"), HASTE, dedupes=True)
        asked = request(8)
        job = backend.order(asked, "key")
        assert backend.order(asked, "key") == job
        made = backend.collect(job, asked, tmp_path / "a.mp4")
        check_picture(tmp_path / "a.mp4", asked, "openai-videos")
        with pytest.raises(BackendUnavailable, match="there is no model"):
            OpenAIVideos(Server(f"{there.url}/v1", "kodak"), HASTE).order(asked, "other")
    assert made is not None
    assert len(crew.memory.projects.all()) == 1


async def test_a_limit_that_one_order_fills_does_not_stop_it_from_being_collected(tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", work_s=1.0) as server:
        backend = PricedBackend(backend_of(server), BackendPrice(usd_per_call=0.25))
        board = tiny_board(1, 12, music=None)
        crew = fake_crew(tmp_path / "home", backend=backend, planner=ScriptedPlanner(board))
        brief = Brief(text="A fox.", limits=Limits(cost_usd=0.25, takes_per_shot=1))
        making = asyncio.create_task(Director(crew).make(brief, project="fox"))
        while not server.calls:
            await asyncio.sleep(0.02)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        (entry,) = crew.memory.ledger.entries("fox")
        assert (entry.state, entry.job) == ("running", "video_1")
        film = await Director(crew).resume("fox")
        assert (film.spend_usd, server.orders, len(server.charges)) == (0.25, 1, 1)
