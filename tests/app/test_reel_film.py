"""A film by the trained generator, small, through the command line: who filmed a project goes on filming it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from models.reel import largest_size

BRIEF = "A red fox walks through a snowy forest. A blue robot waves in a meadow."
SMALL = ["--duration", "6", "--size", "192x108", "--fps", "12", "--seed", "3", "--max-takes", "1"]


def _call(home: Path, *words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*words, "--home", str(home), "--json"])
    assert result.exit_code in (0, 3), result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_reel_films_by_default_and_an_edit_costs_one_shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORYREEL_BACKEND")
    made = _call(tmp_path, "make", BRIEF, *SMALL, "--out", str(tmp_path / "film.mp4"))
    assert made["backend"] == ["reel"]
    edited = _call(tmp_path, "edit", made["project"], "make shot 2 darker", "--out", str(tmp_path / "edit.mp4"))
    before = {take["key"] for take in made["takes"]}
    fresh = [take for take in edited["takes"] if take["key"] not in before]
    assert edited["backend"] == ["reel"]
    assert {take["shot"] for take in fresh} == {made["shots"][1]["id"]}
    assert {take["recipe"]["size"] for take in fresh} == {largest_size()}
