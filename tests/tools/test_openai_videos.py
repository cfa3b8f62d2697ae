"""A video server as a backend, over real HTTP: what is asked, what comes back, and who pays when it goes wrong."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from storyboards.errors import BackendUnavailable, BadInput, GenerationFailed, TakeCorrupt, TakeDoubtful
from tests.fakes import tiny_board
from tests.video_server import VideoServer
from tools.backends.openai_videos import OpenAIVideos
from tools.backends.priced import BackendPrice, PricedBackend
from tools.contract import RemoteBackend, ShotRequest, quiet, request_for
from tools.generate_video import check_picture
from tools.media import read_frames


def request(frames: int = 12) -> ShotRequest:
    board = tiny_board(1, frames)
    return request_for(board, board.shots[0].model_copy(update={"prompt": "An orange fox in the forest."}))


def test_a_shot_is_ordered_waited_for_and_brought_into_its_form(tmp_path: Path) -> None:
    told: list[float] = []
    with VideoServer(tmp_path / "films", work_s=1.0) as server:
        made = OpenAIVideos(server.base_url, "m", poll_s=0.02).film(request(), tmp_path / "a.mp4", "key", told.append)
        fields = next(iter(server.jobs.values()))[0]
    assert (fields["seconds"], fields["size"], fields["prompt"]) == ("2", "64x64", "An orange fox in the forest.")
    assert server.charges == ["key"]
    check_picture(tmp_path / "a.mp4", request(), "openai-videos")
    middle = next(iter(read_frames(tmp_path / "a.mp4")))[32, 32]
    assert middle[0] > 200 > middle[2], "orange"
    assert told[-1] == 1.0
    assert max(told[:-1]) < 1.0
    assert made is not None
    assert made.recipe["job"] == "video_1"


@pytest.mark.parametrize(
    ("fault", "error"),
    [("refuse", GenerationFailed), ("fail", GenerationFailed), ("drop", TakeDoubtful), ("500", TakeDoubtful),
     ("forget", TakeDoubtful), ("short", TakeCorrupt), ("text", TakeCorrupt)],
)  # fmt: skip
def test_what_goes_wrong_has_a_name_and_is_ordered_once(fault: str, error: type[Exception], tmp_path: Path) -> None:
    with VideoServer(tmp_path / "films", faults={1: fault}) as server:
        with pytest.raises(GenerationFailed) as caught:
            OpenAIVideos(server.base_url, "m", poll_s=0.02).film(request(), tmp_path / "a.mp4", "key", quiet)
        assert len(server.jobs) == 1
    assert type(caught.value) is error
    assert list(tmp_path.glob("*.fetched.mp4")) == []


def test_nobody_at_the_address_is_no_doubt(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(BackendUnavailable, match="cannot be reached"):
        OpenAIVideos(f"http://127.0.0.1:{port}/v1", "m").order(request(), "key")


def test_waiting_can_be_cancelled(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(share: float) -> None:
        raise StoppedError

    with VideoServer(tmp_path / "films", work_s=60.0) as server, pytest.raises(StoppedError):
        OpenAIVideos(server.base_url, "m", poll_s=30.0).film(request(), tmp_path / "a.mp4", "key", stop)


def test_a_price_is_put_on_any_backend(tmp_path: Path) -> None:
    backend = OpenAIVideos("http://127.0.0.1:1/v1", "m")
    priced = PricedBackend(backend, BackendPrice(usd_per_second=0.10, usd_per_call=0.05))
    assert backend.price_usd(request(12)) == 0.0
    assert priced.price_usd(request(12)) == pytest.approx(0.05 + 0.15)
    assert (priced.name, priced.version, priced.dedupes) == ("openai-videos", "1.m", False)
    assert isinstance(priced, RemoteBackend)


def test_there_is_no_default_model() -> None:
    with pytest.raises(BadInput, match="model id"):
        OpenAIVideos("http://127.0.0.1:1/v1", " ")
