"""The chat from a pipe, and the commands about what is remembered, over one film that is planned and never filmed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app

SAID = """A red fox walks in a forest. An owl lands on a tree. 6 seconds, 16:9, for everyone.
make shot 1 darker
undo
redo
what did it cost?
/attach nothing.png
/quit
never said
"""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A home, the project that a conversation began in it, and what was printed."""
    home = tmp_path_factory.mktemp("home")
    result = CliRunner().invoke(app, ["chat", "--no-film", "--home", str(home)], input=SAID)
    assert result.exit_code == 0, result.output
    name = next(line.split()[1] for line in result.output.splitlines() if line.startswith("project "))
    return home, name, result.output


def call(home: Path, *words: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [*words, "--home", str(home), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_conversation_works_from_a_pipe(spoken: tuple[Path, str, str]) -> None:
    _, _, output = spoken
    for words in ("Shot 1: exposure 0 → -0.7 stops.", "Undone: version 1", "Done again: version 2", "have cost $0.00",
                  "There is no file 'nothing.png'."):  # fmt: skip
        assert words in output
    assert "never said" not in output


def test_versions_choices_search_and_library_have_commands(spoken: tuple[Path, str, str]) -> None:
    home, name, _ = spoken
    assert [row["current"] for row in call(home, "history", name)["versions"]] == [False, True]
    assert call(home, "undo", name)["changes"] == ["shot 1: exposure -0.7 → 0 stops"]
    assert call(home, "redo", name)["version"] == 2
    assert call(home, "go", name, "1")["version"] == 1
    assert call(home, "branch", name, "night")["branch"] == "night"
    assert call(home, "lock", name, "1")["changes"] == ["shot 1: locked no → yes"]
    assert call(home, "lock", name, "1", "--off")["changes"] == ["shot 1: locked yes → no"]
    assert "no take 1" in call(home, "pick", name, "1", "1", code=2)["error"]["message"]
    assert {hit["kind"] for hit in call(home, "search", "owl", "--project", name)["hits"]} >= {"message", "element"}
    assert call(home, "library", "keep", name, "fox", "--name", "Robin")["kind"] == "character"
    assert [row["name"] for row in call(home, "library", "list", "fox")["library"]] == ["Robin"]
    assert "element owl: subject owl → fox" in call(home, "library", "cast", name, "Robin", "--as", "owl")["changes"]
    assert call(home, "library", "forget", "Robin")["forgotten"] == "Robin"


def test_a_project_leaves_and_comes_back_as_one_file(spoken: tuple[Path, str, str], tmp_path: Path) -> None:
    home, name, _ = spoken
    assert call(home, "archive", "export", name, str(tmp_path / "film.zip"))["bytes"] > 1000
    assert call(tmp_path / "other", "archive", "import", str(tmp_path / "film.zip"))["project"] == name
    assert call(tmp_path / "other", "show", name)["shots"][0]["status"] == "missing"
    (tmp_path / "bad.zip").write_text("no")
    assert call(home, "archive", "import", str(tmp_path / "bad.zip"), code=2)["error"]["kind"] == "BadMedia"
