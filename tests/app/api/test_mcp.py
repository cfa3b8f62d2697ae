"""The protocol's tools with the official client: over HTTP with keys, as people's programs use them."""

from __future__ import annotations

from pathlib import Path

from mcp.client.client import Client

from app.mcp import build_mcp
from tests.app.api.yard import serving, studio_over, tiny_crew


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
