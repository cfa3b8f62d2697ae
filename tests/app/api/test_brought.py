"""Clips, recordings and pictures over HTTP: checked, taken, used as they were meant, and nobody else's."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from storyboards.errors import BadMedia
from tests.app.api.yard import Beginning, Yard, serving, studio_over, tiny_crew
from tests.fakes import PaintedBackend, plain_film
from tools.contract import SOUND_RATE_HZ
from tools.media import png_bytes, run_ffmpeg, write_wave

WORDS = "It had a long way to go."


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clip of a second, a recording of two in two containers, a picture of a fox, and two that shots begin with."""
    place = tmp_path_factory.mktemp("files")
    clip, voice, memo, picture = (place / name for name in ("beach.mp4", "me.wav", "memo.m4a", "fox.png"))
    plain_film(clip, 8, seconds=1)
    times = np.arange(2 * SOUND_RATE_HZ) / SOUND_RATE_HZ
    write_wave(voice, np.stack([0.1 * np.sin(2 * np.pi * 250 * times)] * 2).astype(np.float32))
    run_ffmpeg(["-f", "wav", "-i", f"file:{voice}", "-c:a", "aac", "-f", "ipod", f"file:{memo}"])
    shape = np.zeros((32, 32, 4), np.uint8)
    shape[8:24, 8:24] = (200, 90, 20, 255)
    picture.write_bytes(png_bytes(shape))
    den, wood = place / "den.png", place / "wood.png"
    for path, grey in ((den, 60), (wood, 180)):
        path.write_bytes(png_bytes(np.full((96, 128, 3), grey, np.uint8)))
    return {"clip": clip, "voice": voice, "memo": memo, "picture": picture, "den": den, "wood": wood}


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with serving(studio_over(tiny_crew(tmp_path_factory.mktemp("home")))) as yard:
        yield yard


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """A server at which shots can begin with pictures."""
    with serving(studio_over(tiny_crew(tmp_path_factory.mktemp("stage"), backend=Beginning()))) as yard:
        yield yard


def sent(client: httpx2.Client, path: Path) -> dict[str, Any]:
    answer = client.post("/api/uploads", content=path.read_bytes(), headers={"x-file-name": path.name})
    assert answer.status_code == 201, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


def done(client: httpx2.Client, answer: httpx2.Response) -> dict[str, Any]:
    """The job that an answer began, when it is over."""
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()["job"]
    while job["state"] in ("queued", "running"):
        time.sleep(0.05)
        job = client.get(f"/api/jobs/{job['id']}").json()
    return job


def said(client: httpx2.Client, project: str) -> list[str]:
    return [row["text"] for row in client.get(f"/api/projects/{project}").json()["messages"]]


def begun(client: httpx2.Client, project: str) -> list[dict[str, Any] | None]:
    """The picture that each shot of the plan begins with."""
    return [shot.get("first_frame") for shot in client.get(f"/api/projects/{project}/storyboard").json()["shots"]]


def shown(file: Path, cast: bool) -> dict[str, Any]:
    """A picture as the plan has it: it is kept as it was sent."""
    return {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "cast": cast}


def test_a_film_is_made_with_a_clip_and_a_voice(yard: Yard, files: dict[str, Path]) -> None:
    with yard.http() as client:
        clip, voice, picture = (sent(client, files[name]) for name in ("clip", "memo", "picture"))
        assert (clip["kind"], voice["kind"]) == ("clip", "sound"), "a container of a voice alone is a sound"
        body = {"brief": "A fox goes home.", "name": "home", "clips": {"2": clip["id"]}, "voice_over": voice["id"],
                "voice_text": WORDS, "looks": {"fox": picture["id"]}}  # fmt: skip
        job = done(client, client.post("/api/projects", json=body))
        assert job["state"] == "done", job
        board = client.get("/api/projects/home/storyboard").json()
        assert [bool(shot.get("cut")) for shot in board["shots"]] == [False, True]
        assert board["voice_over"]["text"] == WORDS
        (told,) = [text for text in said(client, "home") if "plays as shot 2" in text]
        assert told.startswith("fox looks as in fox.png")
        assert "beach.mp4 (1.0 s) plays as shot 2.\nmemo.m4a (2.0 s) is heard over the film." in told


def test_what_is_brought_to_a_film_that_is_there(yard: Yard, files: dict[str, Path]) -> None:
    with yard.http() as client:
        done(client, client.post("/api/projects", json={"brief": "A fox goes home.", "name": "later"}))
        clip, voice = sent(client, files["clip"]), sent(client, files["voice"])
        edit = done(client, client.post("/api/projects/later/edit", json={"clips": {"first": clip["id"]}}))
        assert any("of the clip" in change for change in edit["result"]["changes"])
        message = {"uploads": [voice["id"], clip["id"]], "uses": {clip["id"]: "2"}}
        reply = done(client, client.post("/api/projects/later/messages", json=message))
        assert "beach.mp4 (1.0 s) plays as shot 2." in reply["result"]["text"]
        board = client.get("/api/projects/later/storyboard").json()
        assert [bool(shot.get("cut")) for shot in board["shots"]] == [True, True]
        for shot in board["shots"]:
            del shot["cut"]
        whole = {"storyboard": board, "clips": {"last": clip["id"]}}
        assert done(client, client.put("/api/projects/later/storyboard", json=whole))["state"] == "done"
        board = client.get("/api/projects/later/storyboard").json()
        assert [bool(shot.get("cut")) for shot in board["shots"]] == [False, True]


def test_the_videos_api_takes_them_as_files_and_by_id(yard: Yard, files: dict[str, Path]) -> None:
    with yard.http() as client:
        voice = sent(client, files["voice"])
        form = {"prompt": "A fox goes home.", "voice_over[file_id]": voice["id"], "voice_text": WORDS, "size": "64x64"}
        with files["clip"].open("rb") as clip:
            answer = client.post("/v1/videos", data=form, files={"clips[2]": ("beach.mp4", clip, "video/mp4")})
        assert answer.status_code == 200, answer.text
        project = answer.json()["storyreel"]["project"]
        while client.get(f"/v1/videos/{answer.json()['id']}").json()["status"] != "completed":
            time.sleep(0.05)
        board = client.get(f"/api/projects/{project}/storyboard").json()
        assert [bool(shot.get("cut")) for shot in board["shots"]] == [False, True]
        assert board["voice_over"]["text"] == WORDS
        for fields, param, words in (
            ({"clips": [voice["id"]]}, "clips", "clips[1]"),
            ({"clips": {"1": voice["id"]}}, "clips[1]", "a clip was expected, the file is a sound"),
            ({"voice_over": 7}, "voice_over", "a file, or the id of an upload"),
            ({"input_reference": {"file_id": voice["id"]}}, "input_reference[file_id]", "voice_over"),
        ):
            refused = client.post("/v1/videos", json={"prompt": "A fox.", **fields})
            assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
            assert words in refused.json()["error"]["message"]


def test_what_is_too_long_or_of_another_kind_is_refused_with_words(
    yard: Yard, files: dict[str, Path], tmp_path: Path
) -> None:
    long = tmp_path / "long.mp4"
    plain_film(long, 1, seconds=62)
    with yard.http() as client:
        refused = client.post("/api/uploads", content=long.read_bytes(), headers={"x-file-name": "long.mp4"})
        assert refused.status_code == 400
        assert "a clip may last 60 s, it lasts 62 s" in refused.json()["error"]["message"]
        clip, voice = sent(client, files["clip"]), sent(client, files["voice"])
        for fields, words in (
            ({"clips": {"1": voice["id"]}}, "me.wav is a sound, and a clip is needed there"),
            ({"voice_over": clip["id"]}, "beach.mp4 is a clip, and a sound is needed there"),
            ({"looks": {"fox": clip["id"]}}, "beach.mp4 is a clip, and a picture is needed there"),
            ({"clips": {"1": "upload_000000000000000000000000"}}, "there is no upload"),
        ):
            refused = client.post("/api/projects", json={"brief": "A fox.", **fields})
            assert refused.status_code in (400, 404)
            assert words in refused.json()["error"]["message"]
        assert client.post("/api/projects/none/edit", json={}).status_code == 400
        far = client.post("/api/projects", json={"brief": "A fox.", "name": "far", "clips": {"9": clip["id"]}})
        job = done(client, far)
        assert "there is no shot '9' for the clip" in job["error"]["message"]
        assert "put aside" in job["error"]["next_step"]
        assert done(client, client.post("/api/projects/far/resume"))["state"] == "done"


def test_shots_begin_with_pictures_of_the_cast_and_of_places_alone(stage: Yard, files: dict[str, Path]) -> None:
    den, wood = shown(files["den"], True), shown(files["wood"], False)
    with stage.http() as client:
        ids = {name: sent(client, files[name])["id"] for name in ("clip", "den", "wood")}
        body = {"brief": "A fox goes home.", "name": "home", "first_frames": {"1": ids["den"]},
                "backdrops": {"last": ids["wood"]}}  # fmt: skip
        job = done(client, client.post("/api/projects", json=body))
        assert job["state"] == "done", job
        assert begun(client, "home") == [den, wood]
        backend = stage.studio.director("home").crew.backend
        assert isinstance(backend, Beginning)
        assert backend.begun == {"s1": (den["sha256"], True), "s2": (wood["sha256"], False)}
        assert "shot 1 begins with den.png.\nthe last shot begins with wood.png." in said(client, "home")

        edit = done(client, client.post("/api/projects/home/edit", json={"backdrops": {"first": ids["wood"]}}))
        was, now = den["sha256"][:8], wood["sha256"][:8]
        assert edit["result"]["changes"] == [f"shot 1: begins with the picture {was} → the backdrop {now}"]
        words = {"words": "shot 2 no longer begins with the picture"}
        assert done(client, client.post("/api/projects/home/edit", json=words))["state"] == "done"
        assert begun(client, "home") == [wood, None]

        board = client.get("/api/projects/home/storyboard").json()
        whole = {"storyboard": board, "clips": {"1": ids["clip"]}, "first_frames": {"2": ids["den"]}}
        assert done(client, client.put("/api/projects/home/storyboard", json=whole))["state"] == "done"
        assert begun(client, "home") == [None, den], "what plays a clip begins with no picture"


def test_a_message_says_what_its_pictures_are_for(stage: Yard, files: dict[str, Path]) -> None:
    den, wood = shown(files["den"], True), shown(files["wood"], False)
    with stage.http() as client:
        done(client, client.post("/api/projects", json={"brief": "A fox goes home.", "name": "talk"}))
        ids = {name: sent(client, files[name])["id"] for name in ("den", "wood")}
        uses = {ids["den"]: "beginning of shot 2", ids["wood"]: "backdrop of the first shot"}
        chosen = done(client, client.post("/api/projects/talk/messages", json={"uploads": list(uses), "uses": uses}))
        assert "shot 2 begins with den.png.\nshot 1 begins with wood.png." in chosen["result"]["text"]
        assert begun(client, "talk") == [wood, den]
        told = {"text": "start shot 1 with this picture", "uploads": [ids["den"]]}
        reply = done(client, client.post("/api/projects/talk/messages", json=told))["result"]["text"]
        assert reply.startswith("shot 1 begins with den.png.")
        assert "looks as in" not in reply, "it is nobody's look as well"
        assert begun(client, "talk") == [den, den]


def test_the_videos_api_takes_pictures_that_shots_begin_with(stage: Yard, files: dict[str, Path]) -> None:
    with stage.http() as client:
        clip, wood = sent(client, files["clip"])["id"], sent(client, files["wood"])["id"]
        form = {"prompt": "A fox goes home.", "size": "64x64", "backdrops[2][file_id]": wood}
        with files["den"].open("rb") as den:
            answer = client.post("/v1/videos", data=form, files={"first_frames[1]": ("den.png", den, "image/png")})
        assert answer.status_code == 200, answer.text
        while client.get(f"/v1/videos/{answer.json()['id']}").json()["status"] != "completed":
            time.sleep(0.05)
        project = answer.json()["storyreel"]["project"]
        assert begun(client, project) == [shown(files["den"], True), shown(files["wood"], False)]
        for fields, param, words in (
            ({"first_frames": {"1": clip}}, "first_frames[1]", "a picture was expected, the file is a clip"),
            ({"backdrops": [wood]}, "backdrops", "backdrops[1]"),
            ({"backdrops": {"1": 7}}, "backdrops[1]", "a file, or the id of an upload"),
            ({"first_frames": {"1": wood}, "backdrops": {"1": wood}}, None, "shot 1 has a first frame and a backdrop"),
        ):
            refused = client.post("/v1/videos", json={"prompt": "A fox.", **fields})
            assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
            assert words in refused.json()["error"]["message"]
        twice = [("first_frames[1]", (name, files[name].read_bytes(), "image/png")) for name in ("den", "wood")]
        refused = client.post("/v1/videos", data={"prompt": "A fox."}, files=twice)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "first_frames")
        assert "'first_frames[1]' is given twice" in refused.json()["error"]["message"]


def test_pictures_that_no_shot_can_begin_with_are_refused_with_words(stage: Yard, files: dict[str, Path]) -> None:
    with stage.http() as client:
        ids = {name: sent(client, files[name])["id"] for name in ("clip", "den", "picture")}
        for fields, words in (
            ({"first_frames": {"1": ids["clip"]}}, "beach.mp4 is a clip, and a picture is needed there"),
            ({"backdrops": {"2": "upload_000000000000000000000000"}}, "there is no upload"),
            ({"first_frames": {"2": ids["den"]}, "backdrops": {"2": ids["den"]}}, "a first frame and a backdrop"),
            ({"clips": {"2": ids["clip"]}, "backdrops": {"shot-2": ids["den"]}}, "shot 2 has a clip and a backdrop"),
            ({"first_frames": {"shot 2": ids["den"]}}, "first_frames.shot 2"),
        ):
            refused = client.post("/api/projects", json={"brief": "A fox.", **fields})
            assert refused.status_code in (400, 404, 422)
            assert words in refused.json()["error"]["message"]
        small = {"brief": "A fox.", "name": "small", "first_frames": {"1": ids["picture"]}}
        job = done(client, client.post("/api/projects", json=small))
        assert "fox.png is smaller than 64 pixels a side" in job["error"]["message"]
        far = {"brief": "A fox.", "name": "far", "backdrops": {"9": ids["den"]}}
        job = done(client, client.post("/api/projects", json=far))
        assert "there is no shot '9' for the picture" in job["error"]["message"]
        assert "put aside" in job["error"]["next_step"]
        assert done(client, client.post("/api/projects/far/resume"))["state"] == "done"
        assert begun(client, "far") == [None, None]


def test_who_cannot_begin_with_a_picture_films_nothing_and_says_the_way_out(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    with serving(studio_over(tiny_crew(tmp_path))) as yard, yard.http() as client:
        den = sent(client, files["den"])["id"]
        body = {"brief": "A fox.", "name": "fox", "first_frames": {"1": den}, "backdrops": {"2": den}}
        job = done(client, client.post("/api/projects", json=body))
        assert (job["state"], job["error"]["code"]) == ("failed", "tool_refused")
        assert "painted cannot begin with a picture, which shots 1 and 2 do" in job["error"]["message"]
        backend = yard.studio.director("fox").crew.backend
        assert isinstance(backend, PaintedBackend)
        assert backend.filmed == []
        way_out = job["error"]["next_step"].partition("“")[2].partition("”")[0]
        assert done(client, client.post("/api/projects/fox/edit", json={"words": way_out}))["state"] == "done"
        assert sorted(backend.filmed) == ["s1", "s2"]


def test_nobody_plays_what_another_brought(tmp_path: Path, files: dict[str, Path]) -> None:
    with serving(studio_over(tiny_crew(tmp_path, backend=Beginning()))) as yard:
        ann, bob = yard.new_key("ann"), yard.new_key("bob")
        with yard.http(ann) as hers, yard.http(bob) as his:
            clip, voice, den = (sent(hers, files[name]) for name in ("clip", "voice", "den"))
            body = {"brief": "A fox goes home.", "name": "hers", "clips": {"1": clip["id"]}, "voice_over": voice["id"]}
            assert done(hers, hers.post("/api/projects", json=body))["state"] == "done"
            board = hers.get("/api/projects/hers/storyboard").json()
            body = {"brief": "A fox goes home.", "name": "opened", "first_frames": {"1": den["id"]}}
            assert done(hers, hers.post("/api/projects", json=body))["state"] == "done"
            opened = hers.get("/api/projects/opened/storyboard").json()
            assert done(his, his.post("/api/projects", json={"brief": "A fox.", "name": "his"}))["state"] == "done"
            tries = (
                ("POST", "/api/projects", {"brief": "A fox.", "clips": {"1": clip["id"]}}),
                ("POST", "/api/projects", {"brief": "A fox.", "voice_over": voice["id"]}),
                ("POST", "/api/projects", {"brief": "A fox.", "first_frames": {"1": den["id"]}}),
                ("POST", "/api/projects/his/edit", {"clips": {"1": clip["id"]}}),
                ("POST", "/api/projects/his/edit", {"backdrops": {"1": den["id"]}}),
                ("POST", "/api/projects/his/messages", {"text": "", "uploads": [clip["id"]]}),
                ("PUT", "/api/projects/his/storyboard", {"storyboard": board}),
                ("POST", "/v1/videos", {"prompt": "A fox.", "clips": {"1": clip["id"]}}),
                ("PUT", "/api/projects/his/storyboard", {"storyboard": opened}),
                ("POST", "/v1/videos", {"prompt": "A fox.", "voice_over": voice["id"]}),
                ("POST", "/v1/videos", {"prompt": "A fox.", "first_frames": {"1": den["id"]}}),
                ("GET", f"/api/uploads/{clip['id']}/content", None),
            )
            for method, path, fields in tries:
                assert his.request(method, path, json=fields).status_code == 404, (method, path)
            assert done(hers, hers.put("/api/projects/hers/storyboard", json={"storyboard": board}))["state"] == "done"


def test_a_voice_is_no_clip_whatever_its_container(yard: Yard, files: dict[str, Path]) -> None:
    with pytest.raises(BadMedia, match="a clip was expected, the file is a sound"):
        yard.studio.uploads.keep(files["memo"], "memo.mp4", only="clip")
