"""The README's promises, executed: its tree, its links, its commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = ("agent", "app", "evals", "models", "storyboards", "tools")
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def _tree() -> dict[str, str]:
    rows = re.findall(r"^([a-z_/]+/)\s{2,}(\S.*)$", README, re.MULTILINE)
    return {path.rstrip("/"): caption for path, caption in rows}


def test_every_folder_of_the_tree_exists_and_has_a_caption():
    tree = _tree()
    assert len(tree) >= 12
    missing = [path for path in tree if not (ROOT / path).is_dir()]
    assert not missing


def test_every_room_and_every_folder_one_below_it_is_in_the_tree():
    below = {
        folder.relative_to(ROOT).as_posix()
        for room in ROOMS
        for folder in [ROOT / room, *(ROOT / room).iterdir()]
        if folder.is_dir() and any(folder.iterdir()) and not folder.name.startswith(("_", "."))
    }
    assert not below - set(_tree())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text)
    lost = [link for link in links if not ((ROOT / document).parent / link).exists()]
    assert not lost


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in ("demo", "test", "check", "bench"):
        assert f"make {command}" in README
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_every_command_of_the_table_exists():
    commands = {word for row in re.findall(r"^\| `([a-z]+)[ `]", README, re.MULTILINE) for word in [row]}
    commands |= {"show"}
    out = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {"make", "plan", "edit", "resume", "projects", "export"} <= commands
    assert not {command for command in commands if f" {command} " not in out}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_numbers_and_pages_name_no_machine(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    assert not re.search(r"/(work|root|home|tmp)/", text)
