"""The protocol's tools with the official client, as people's programs use them: by a pipe, and over HTTP with keys."""

from __future__ import annotations

import asyncio
import base64
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from PIL import Image

from app.mcp import build_mcp
from storyboards.clock import FrameRate
from tests.app.api.yard import Beginning, serving, studio_over, tiny_crew
from tests.fakes import PaintedBackend
from tools.contract import SOUND_RATE_HZ
from tools.media import FrameWriter, png_bytes, write_wave

ROOT = Path(__file__).resolve().parents[3]


async def told(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool answers, as data; its words where it refuses."""
    answer = await client.call_tool(tool, arguments)
    if answer.is_error:
        return answer.content[0].text  # type: ignore[union-attr]
    content = answer.structured_content or {}
    return content["result"] if set(content) == {"result"} else content


async def waited(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = await told(client, "wait_film", job=job["id"])
    assert done["state"] == "done", done
    return done


async def test_an_agent_at_this_machine_makes_a_film_of_files_and_changes_it(tmp_path: Path) -> None:
    """`storyreel mcp` by a pipe: everything that the page can, but for talking."""
    clip, voice = tmp_path / "beach.mp4", tmp_path / "me.wav"
    with FrameWriter(clip, 128, 72, FrameRate(numerator=8)) as writer:
        for number in range(8):
            writer.write(np.full((72, 128, 3), 250 - number, np.uint8))
    write_wave(voice, np.full((2, SOUND_RATE_HZ), 0.05, np.float32), form="int16")
    words = ["-m", "app.cli", "mcp", "--home", str(tmp_path / "home"), "--backend", "animatic"]
    async with Client(StdioServerParameters(command=sys.executable, args=words, cwd=ROOT)) as client:
        beach = await told(client, "add_file", path=str(clip))
        said = await told(
            client, "add_file", name="me.wav", content_base64=base64.b64encode(voice.read_bytes()).decode()
        )
        assert (beach["kind"], beach["name"], said["kind"]) == ("clip", "beach.mp4", "sound")
        assert "there is no file" in await told(client, "add_file", path=str(tmp_path / "none.mp4"))
        brief = "A red fox walks through a forest. An owl lands in the forest at night. Two shots."
        begun = await told(
            client, "create_film", brief=brief, duration_s=2, width=128, height=72, clips={"2": beach["id"]},
            voice_over=said["id"], voice_text="It had a long way to go.",
        )  # fmt: skip
        await waited(client, begun)
        film = begun["project"]
        assert [shot["status"] for shot in await told(client, "list_shots", project=film)] == ["current", "current"]
        (frame,) = (await client.call_tool("see_shot", {"project": film, "shot": 2})).content
        seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(frame.data))))  # type: ignore[union-attr]
        assert seen.mean() > 230, "it is the clip"
        claims = await told(client, "list_claims", project=film)
        assert {"pass"} <= {claim["outcome"] for claim in claims}

        await waited(client, await told(client, "regenerate_shot", project=film, shot=1))
        takes = await told(client, "list_takes", project=film, shot=1)
        assert [take["ordinal"] for take in takes] == [1, 2]
        other = next(take["ordinal"] for take in takes if not take["kept"])
        assert await told(client, "pick_take", project=film, shot=1, take=other) == [f"shot 1: take {other} is kept"]
        await waited(client, await told(client, "resume_film", project=film))
        kept = [take["ordinal"] for take in await told(client, "list_takes", project=film, shot=1) if take["kept"]]
        assert kept == [other]

        assert await told(client, "lock_shot", project=film, shot=1)
        priced = await told(client, "price_edit", project=film, words="make it vertical")
        assert priced["changes"]
        assert await told(client, "undo_film", project=film)
        assert await told(client, "redo_film", project=film)
        assert "nothing of the film is being filmed" in await told(client, "stop_shot", project=film, shot=1)
        assert "there is no shot 7" in await told(client, "see_shot", project=film, shot=7)
        assert str(tmp_path) in await told(client, "export_film", project=film, to="otio"), (
            "here files have their places"
        )
        packed = (await client.read_resource(f"storyreel://projects/{film}/export/otioz")).contents[0]
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(packed.blob))) as bundle:  # type: ignore[union-attr]
            assert any(name.startswith("media/") for name in bundle.namelist())


async def test_one_shot_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path, shots=3, backend=PaintedBackend(delay_s=0.6)))
    studio.start()
    try:
        async with Client(build_mcp(studio)) as client:
            begun = await told(client, "create_film", brief="A fox.", width=64, height=64)
            while not studio.memory.projects.open(begun["project"]).board:
                await asyncio.sleep(0.02)
            assert (await told(client, "stop_shot", project=begun["project"], shot=3))["id"] == begun["id"]
            done = await told(client, "wait_film", job=begun["id"])
            assert done["state"] == "failed"
            assert "shot 3" in done["error"]["message"] or done["error"]["shot_id"] == "s3"
            shots = await told(client, "list_shots", project=begun["project"])
            assert [shot["status"] for shot in shots] == ["current", "current", "missing"]
    finally:
        studio.close()


async def test_an_agent_lets_shots_begin_with_pictures(tmp_path: Path) -> None:
    for name, grey in (("den.png", 60), ("wood.png", 180)):
        (tmp_path / name).write_bytes(png_bytes(np.full((96, 128, 3), grey, np.uint8)))
    studio = studio_over(tiny_crew(tmp_path / "home", backend=Beginning()))
    studio.start()

    def begun(project: str) -> list[bool | None]:
        """Of each shot whether the cast is in the picture that it begins with; None where there is none."""
        board = studio.memory.projects.board(project, studio.memory.projects.open(project).board)
        return [shot.first_frame.cast if shot.first_frame else None for shot in board.shots]

    try:
        async with Client(build_mcp(studio)) as client:
            den, wood = [
                (await told(client, "add_file", path=str(tmp_path / name)))["id"] for name in ("den.png", "wood.png")
            ]
            small: dict[str, Any] = {"brief": "A fox.", "width": 64, "height": 64}
            job = await told(client, "create_film", **small, first_frames={"1": den})
            await waited(client, job)
            assert begun(job["project"]) == [True, None]
            await waited(client, await told(client, "edit_film", project=job["project"], backdrops={"last": wood}))
            assert begun(job["project"]) == [True, False]
            both = await told(client, "create_film", **small, first_frames={"1": den}, backdrops={"1": wood})
            assert "shot 1 has a first frame and a backdrop" in both
            assert "nothing is to be changed" in await told(client, "edit_film", project=job["project"])
    finally:
        studio.close()


async def test_a_film_is_made_by_tools_and_read_as_a_resource(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    studio.start()
    told: list[float] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    try:
        async with Client(build_mcp(studio)) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert names >= {
                "create_film",
                "wait_film",
                "regenerate_shot",
                "approve_film",
                "cancel_film",
                "export_film",
            }
            made = await client.call_tool("create_film", {"brief": "A fox.", "width": 64, "height": 64})
            job = made.structured_content or {}
            done = await client.call_tool("wait_film", {"job": job["id"]}, progress_callback=on_progress)
            assert (done.structured_content or {})["state"] == "done"
            assert told == sorted(told)
            assert told[-1] == 1.0
            srt = await client.call_tool("export_film", {"project": job["project"], "to": "srt"})
            assert "-->" in srt.content[0].text  # type: ignore[union-attr]
            board = await client.read_resource(f"storyreel://projects/{job['project']}/storyboard")
            assert "shots" in board.contents[0].text  # type: ignore[union-attr]
            wrong = await client.call_tool("get_film", {"project": "nix"})
            assert wrong.is_error
    finally:
        studio.close()


def test_the_door_wants_a_key(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    ann, bob = studio.keys.create("ann")[1], studio.keys.create("bob")[1]
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_films", "arguments": {}}}
    speaks = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    with serving(studio) as yard:
        with yard.http("none", **speaks) as nobody:
            assert nobody.post("/mcp", json=call).status_code == 401
        with yard.http(ann) as client:
            assert client.post("/api/projects", json={"brief": "A fox.", "name": "anns-film"}).status_code == 202
        for key, sees in ((ann, True), (bob, False)):
            with yard.http(key, **speaks) as client:
                answer = client.post("/mcp", json=call)
                assert answer.status_code == 200, answer.text
                assert ("anns-film" in answer.text) == sees
