"""pyproject.toml, requirements.lock, the environment and the sources tell the same story about packages."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("agent", "app", "evals", "models", "storyboards", "tools")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK_TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
UNLOCKED = {"inspect": "inspect_ai", "peers": "diffusers", "diffusers": "diffusers"}
"""Extras that are not in the lock, with what they are imported as: bridges to somebody else's large program."""
OPTIONAL = [asked for name, lines in EXTRAS.items() if name not in UNLOCKED for asked in lines]
PINS = {
    canonicalize_name(name): Version(version)
    for name, version in (line.split("==") for line in LOCK_TEXT.splitlines() if line and not line.startswith("#"))
}


def third_party_imports(room: str) -> set[str]:
    """Top-level names of everything imported in `room`, lazily too, that is neither ours nor Python's."""
    names: set[str] = set()
    for file in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(ROOMS) - set(sys.stdlib_module_names) - set(UNLOCKED.values())


def undeclared(imported: set[str], declared: set[str]) -> set[str]:
    """Those of `imported` that no distribution in `declared` provides."""
    providers = importlib.metadata.packages_distributions()
    return {name for name in imported if not {canonicalize_name(owner) for owner in providers.get(name, [])} & declared}


def test_the_lock_keeps_every_promise_of_pyproject() -> None:
    broken = [
        str(asked)
        for asked in [*RUNTIME, *OPTIONAL]
        if PINS.get(canonicalize_name(asked.name), Version("0")) not in asked.specifier
    ]
    assert broken == []


def test_the_lock_is_complete() -> None:
    """Whatever a locked package needs on this machine is locked too, since it is installed with --no-deps."""
    missing = set()
    for name in PINS:
        for line in importlib.metadata.requires(name) or []:
            needed = Requirement(line)
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            cuda = canonicalize_name(needed.name).startswith(("nvidia-", "cuda-", "triton"))
            if wanted and not cuda and canonicalize_name(needed.name) not in PINS:
                missing.add(f"{name} needs {line}")
    assert missing == set()


def test_only_pillow_breaks_a_cap() -> None:
    broken = set()
    for name in PINS:
        for line in importlib.metadata.requires(name) or []:
            needed = Requirement(line)
            locked = PINS.get(canonicalize_name(needed.name))
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if wanted and locked and not needed.specifier.contains(locked, prereleases=True):
                broken.add((name, needed.name))
    assert broken == {("moviepy", "pillow")}


def test_pillow_is_past_the_known_holes() -> None:
    assert Version("12.2") <= PINS["pillow"]


def test_the_environment_is_the_lock() -> None:
    installed = {name: Version(Version(importlib.metadata.version(name)).public) for name in PINS}
    assert installed == PINS


def test_the_lock_names_no_host_and_no_path() -> None:
    assert re.findall(r"https?:|file:|/|@", LOCK_TEXT.partition("\n")[2]) == []


def test_every_import_is_declared() -> None:
    declared = {canonicalize_name(asked.name) for asked in [*RUNTIME, *OPTIONAL]}
    assert {room: undeclared(third_party_imports(room), declared) for room in ROOMS} == {room: set() for room in ROOMS}


def test_an_undeclared_import_would_be_seen() -> None:
    assert undeclared({"tqdm", "numpy", "nowhere_to_be_found"}, {"numpy"}) == {"tqdm", "nowhere_to_be_found"}


def test_the_reason_for_every_dependency_is_written_down() -> None:
    record = (ROOT / "docs/decisions/0001-dependencies.md").read_text(encoding="utf-8")
    assert [asked.name for asked in [*RUNTIME, *OPTIONAL] if f"`{asked.name}`" not in record] == []


def test_moviepy_draws_titles_and_resizes_with_the_pillow_that_overrides_its_cap() -> None:
    from moviepy import ColorClip, CompositeVideoClip, TextClip

    title = TextClip(text="fox", font_size=40, color="white", duration=0.5).resized(0.5)
    frame = CompositeVideoClip([ColorClip((160, 90), color=(200, 0, 0), duration=0.5), title]).get_frame(0)
    assert frame.shape == (90, 160, 3)
    assert tuple(frame[-1, -1]) == (200, 0, 0)
    assert frame[:, :, 1].max() > 200
