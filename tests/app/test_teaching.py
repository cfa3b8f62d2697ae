"""``storyreel teach`` with the generator that is landed: kept, listed, used by name in a brief, forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from app.cli import app
from tests.tools.test_teach import _clip


def _call(home: Path, *words: str, exit_codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*words, "--home", str(home), "--json"])
    assert result.exit_code in exit_codes, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_taught_move_is_kept_used_in_a_brief_and_forgotten(tmp_path: Path) -> None:
    files = [str(_clip(tmp_path / f"{n}.mp4", n)) for n in range(3)]
    home = tmp_path / "home"
    taught = _call(home, "teach", "bow", *files)
    assert (taught["kind"], taught["bytes"] < 10_000) == ("camera", True)
    assert [row["kind"] for row in _call(home, "library", "list")["library"]] == ["camera"]
    small = ("--duration", "2", "--size", "128x72", "--fps", "12", "--max-takes", "1")
    brief = "A red fox stands in a meadow with the bow move."
    made = _call(home, "make", brief, *small, "--backend", "reel", "--out", str(tmp_path / "f.mp4"), exit_codes=(0, 3))
    recipe = made["takes"][0]["recipe"]
    assert [(t["name"], t["sha256"]) for t in recipe["taught"]] == [("bow", taught["concept"])]
    assert "bow" not in recipe["caption"]
    refused = CliRunner().invoke(app, ["make", brief, *small, "--backend", "animatic", "--home", str(home)])
    assert refused.exit_code == 2
    assert "--backend reel" in refused.output
    assert _call(home, "library", "forget", "bow")["forgotten"] == "bow"
    assert _call(home, "library", "list")["library"] == []
