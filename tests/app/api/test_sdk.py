"""The unmodified openai SDK against a server of ours, over a real socket."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from openai.types import Video

from tests.app.api.yard import Yard, serving, studio_over, tiny_crew
from tests.fakes import plain_film
from tools.media import probe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with serving(studio_over(tiny_crew(tmp_path_factory.mktemp("home")), workers=2)) as yard:
        yield yard


@pytest.fixture(scope="module")
def video(yard: Yard) -> Video:
    """A finished one."""
    with warnings.catch_warnings(action="ignore"):
        return yard.openai().videos.create_and_poll(prompt="A fox walks.", model="storyreel", seconds="4", size="64x64")


def test_create_and_poll_gives_a_finished_film(yard: Yard, video: Video) -> None:
    assert (video.status, video.progress, video.object) == ("completed", 100, "video")
    assert video.completed_at is not None
    assert (video.size, video.prompt, video.error) == ("64x64", "A fox walks.", None)
    assert video.model_extra is not None
    assert video.model_extra["storyreel"]["status"] in ("complete", "degraded")
    assert yard.openai().videos.retrieve(video.id) == video


def test_every_variant_of_the_content_is_what_it_says(yard: Yard, video: Video, tmp_path: Path) -> None:
    client = yard.openai()
    film = tmp_path / "film.mp4"
    client.videos.download_content(video.id).write_to_file(film)
    assert (probe(film).frames, probe(film).width) == (8, 64)
    assert client.videos.download_content(video.id, variant="thumbnail").read()[8:12] == b"WEBP"
    assert client.videos.download_content(video.id, variant="spritesheet").read()[:3] == b"\xff\xd8\xff"


def test_a_remix_is_another_video_and_leaves_the_first(yard: Yard, video: Video) -> None:
    client = yard.openai()
    before = client.videos.download_content(video.id).read()
    remix = client.videos.poll(client.videos.remix(video.id, prompt="make shot 1 darker").id)
    assert (remix.status, remix.remixed_from_video_id) == ("completed", video.id)
    assert client.videos.download_content(remix.id).read() != before
    assert client.videos.download_content(video.id).read() == before


@pytest.mark.parametrize("named", [{"clips": {"2": "{}"}}, {"clips[2]": "{}"}, {"clips": {"2": {"file_id": "{}"}}}])
def test_a_clip_of_ones_own_plays_as_a_shot(yard: Yard, tmp_path: Path, named: dict[str, object]) -> None:
    plain_film(tmp_path / "beach.mp4", 8, seconds=1)
    with yard.http() as client:
        clip = client.post("/api/uploads", content=(tmp_path / "beach.mp4").read_bytes()).json()["id"]
    extra = json.loads(json.dumps(named).replace("{}", clip))
    made = yard.openai().videos.create_and_poll(prompt="A fox walks.", size="64x64", extra_body=extra)
    assert made.status == "completed"
    assert made.model_extra is not None
    with yard.http() as client:
        board = client.get(f"/api/projects/{made.model_extra['storyreel']['project']}/storyboard").json()
    assert [bool(shot.get("cut")) for shot in board["shots"]] == [False, True]


def test_edits_and_extensions_take_the_film_itself(yard: Yard, video: Video) -> None:
    client = yard.openai()
    film = client.videos.download_content(video.id).read()
    edit = client.videos.poll(client.videos.edit(prompt="make shot 2 darker", video=("film.mp4", film)).id)
    assert edit.status == "completed"
    longer = client.videos.poll(client.videos.extend(prompt="An owl.", seconds="4", video=("f.mp4", film)).id)
    assert (longer.status, longer.seconds) == ("completed", "2")
    with pytest.raises(openai.BadRequestError, match="not made by this server"):
        client.videos.edit(prompt="make it darker", video=("film.mp4", film + b"\0"))


def test_a_character_is_made_of_a_clip_and_used(yard: Yard, video: Video) -> None:
    client = yard.openai()
    clip = client.videos.download_content(video.id).read()
    made = client.videos.create_character(name="fox", video=("fox.mp4", clip))
    assert made.id
    assert client.videos.get_character(made.id).name == "fox"
    film = client.videos.create(prompt="A fox.", size="64x64", extra_body={"characters[0][id]": made.id})
    assert client.videos.poll(film.id).status == "completed"
    project = yard.studio.videos.find(film.id, yard.studio.caller_of(yard.studio.jobs()[0])).project
    assert set(yard.studio.memory.references.of(project, "given")) == {"fox"}


def test_an_input_reference_becomes_the_look_of_whom_the_film_is_about(yard: Yard) -> None:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGBA", (40, 30), (200, 100, 20, 200)).save(file, format="PNG")
    client = yard.openai()
    made = client.videos.create(prompt="A fox.", size="64x64", input_reference=("fox.png", file.getvalue()))
    done = client.videos.poll(made.id)
    assert done.status == "completed", done.error
    project = str(done.model_extra["storyreel"]["project"]) if done.model_extra else ""
    assert set(yard.studio.memory.references.of(project, "given")) == {"fox"}


def test_lists_are_paged(yard: Yard, video: Video) -> None:
    client = yard.openai()
    everything = [entry.id for entry in client.videos.list(limit=2, order="asc")]
    assert len(everything) == len(set(everything)) >= 3
    assert everything == [entry.id for entry in client.videos.list(order="desc")][::-1]
    assert client.videos.list(limit=1).has_more


def test_what_is_deleted_is_gone(yard: Yard) -> None:
    client = yard.openai()
    made = client.videos.create(prompt="A cat.", size="64x64")
    assert client.videos.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve(made.id)


def test_errors_are_what_the_sdk_expects(yard: Yard) -> None:
    client = yard.openai(max_retries=0)
    with pytest.raises(openai.BadRequestError) as unknown:
        client.videos.create(prompt="A fox.", model="sora-2")
    assert (unknown.value.param, unknown.value.code) == ("model", "model_not_found")
    assert unknown.value.request_id
    for fields in ({"seconds": "-1"}, {"seconds": "soon"}, {"size": "big"}, {"size": "65x64"}, {"prompt": ""}):
        with pytest.raises(openai.BadRequestError) as refused:
            client.videos.create(**{"prompt": "A fox.", **fields})  # type: ignore[arg-type]
        assert refused.value.param == next(iter(fields))


def test_a_conversation_is_a_film(yard: Yard) -> None:
    client = yard.openai()
    said: list[dict[str, str]] = [{"role": "user", "content": "A 4 second square film of a fox for children."}]
    for _ in range(2):
        answer = client.chat.completions.create(model="storyreel", messages=said).choices[0].message.content or ""  # type: ignore[arg-type]
        said.append({"role": "assistant", "content": answer})
        if "Download: " in answer:
            break
        said.append({"role": "user", "content": "go"})
    assert "Download: " in answer
    project = answer.rsplit("/films/", 1)[1].split()[0]
    said.append({"role": "user", "content": "make shot 1 darker"})
    pieces = [
        piece.choices[0].delta.content or ""
        for piece in client.chat.completions.create(model="storyreel", messages=said, stream=True)  # type: ignore[arg-type]
    ]
    assert len(pieces) > 3
    assert f"/films/{project}" in "".join(pieces)
    board = yard.studio.memory.projects.board(project, yard.studio.memory.projects.open(project).board)
    assert board.shots[0].exposure < 0


def test_what_a_client_asks_for_itself_makes_no_film(yard: Yard) -> None:
    before = len(yard.studio.projects())
    words = "### Task:\nGenerate a concise, 3-5 word title"
    answer = yard.openai().chat.completions.create(model="storyreel", messages=[{"role": "user", "content": words}])
    assert answer.choices[0].message.content
    assert len(yard.studio.projects()) == before


def test_models_speech_and_pictures(yard: Yard) -> None:
    client = yard.openai(max_retries=0)
    assert {model.id for model in client.models.list()} >= {"storyreel", "painted"}
    assert client.models.retrieve("storyreel").id == "storyreel"
    spoken = client.audio.speech.create(model="any", voice="narrator", input="Once upon a time.", response_format="wav")
    assert spoken.read()[:4] == b"RIFF"
    assert client.audio.speech.create(model="any", voice="onyx", input="Hello.", response_format="mp3").read()
    with pytest.raises(openai.BadRequestError, match="nobody draws"):
        client.images.generate(prompt="a red fox")
