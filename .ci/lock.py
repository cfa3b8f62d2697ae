"""Resolve pyproject.toml into requirements.lock: exact versions of everything, extras included.

moviepy caps pillow below 12 and pip has no way to override a package's own cap, so the packages in
`OVERRIDES` are resolved apart from the rest and laid over the result. The lock is therefore installed
with `--no-deps`. Lines carry no hashes: torch has a different wheel on every kind of machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OVERRIDES = ("pillow",)
UNLOCKED = ("inspect", "peers")
"""Extras that are left to pip: see docs/decisions/0050."""
TORCH = "torch==2.13.0"
BUILD = ("setuptools>=77",)
HEADER = """\
# Written by `make lock`; do not edit. Install with `make setup` (torch first, then this with --no-deps).
"""


def requirements(project: dict) -> list[str]:
    """Every requirement of the project: runtime, extras and build backend."""
    locked = (lines for name, lines in project["optional-dependencies"].items() if name not in UNLOCKED)
    extras = [line for lines in locked for line in lines]
    return [*project["dependencies"], *extras, *BUILD]


def resolve(lines: list[str]) -> dict[str, str]:
    """Name → version of everything pip would install for `lines` in an empty environment."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--report", "-", *lines]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    packages = (entry["metadata"] for entry in report["install"])
    return {package["name"].lower().replace("_", "-"): public(package["version"]) for package in packages}


def public(version: str) -> str:
    """`2.13.0+cpu` → `2.13.0`: a local label names one machine's build, the pin has to fit every machine."""
    return version.partition("+")[0]


def is_companion(name: str) -> bool:
    """Does `name` belong to a CUDA build of torch, which brings its own exact versions of these?"""
    return name.startswith(("nvidia-", "cuda-", "triton"))


def is_of(line: str, names: tuple[str, ...]) -> bool:
    """Is requirement `line` about one of `names`?"""
    return line.lower().startswith(names)


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = requirements(project)
    free = [line for line in asked if not is_of(line, (*OVERRIDES, "torch"))]
    overriding = [line for line in asked if is_of(line, OVERRIDES)]
    pins = resolve([*free, TORCH]) | resolve(overriding)
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items()) if not is_companion(name)]
    LOCK.write_text(HEADER + "".join(lines), encoding="utf-8")
    print(f"{LOCK.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
