"""What a run was made with: everything that two runs must share before their scores may be compared."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.score import SCORE_VERSION
from evals.suites import Suite, drifted

if TYPE_CHECKING:
    from evals.filming import Filmer
    from tools.contract import Judge

SCHEMA = "storyreel.run/1"
PACKAGES = ("storyreel", "numpy", "scipy", "torch", "av", "imageio-ffmpeg", "pillow", "pydantic")
MUST_AGREE = ("score_version", "suite", "plans", "judges", "measuring_weights", "decoder")
"""Fields that have to be equal in two runs that are compared; backend, takes and generators' weights may differ."""
MEASURING = ("finder", "reader")
"""Weights that verdicts rest on, by the name of their card."""


def manifest_of(suite: Suite, filmer: Filmer, looking: Judge | None, seed: int = 0) -> dict[str, Any]:
    """The manifest of a run; equal runs on one machine have equal manifests."""
    weights = weights_sha256()
    return {
        "schema_version": SCHEMA, "score_version": SCORE_VERSION, "suite": suite.name, "suite_sha256": suite.digest,
        "plans": {plan.name: plan.digest for plan in suite.plans}, "drifted": list(drifted(suite)),
        "fresh_seed": seed if suite.name == "fresh" else None,
        "backend": filmer.name, "backend_version": filmer.version, "judges": judges_of(looking),
        "weights": weights, "measuring_weights": {name: weights[name] for name in MEASURING if name in weights},
        "decoder": decoder(), "packages": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(), "platform": f"{sys.platform} {platform.machine()}", "cpu": cpu_name(),
        "telemetry": "none",
    }  # fmt: skip


def judges_of(looking: Judge | None) -> list[dict[str, str]]:
    """Name, tier and version of every judge."""
    from tools.measure import Measurements

    rows = [{"name": "measure", "tier": "T1", "version": Measurements().version}]
    if looking is not None:
        rows.append({"name": looking.name, "tier": "T2", "version": str(getattr(looking, "version", ""))})
    return rows


def weights_sha256() -> dict[str, str]:
    """sha256 of all weights in the repository by the name of their card, as that says; of several files the sha256 of
    theirs."""
    import models
    from storyboards.storyboard import digest_of

    rows = {}
    for card in sorted((Path(models.__file__).parent / "weights").glob("*.json")):
        found = json.loads(card.read_text(encoding="utf-8"))
        if isinstance(found, dict) and isinstance(found.get("sha256"), str):
            rows[card.stem] = found["sha256"]
        elif isinstance(found, dict) and found.get("shards"):
            rows[card.stem] = digest_of([shard["sha256"] for shard in found["shards"]])
    return rows


def decoder() -> str:
    """The library that decodes; its wheel brings the codecs, so its version names them too."""
    return f"av {_version('av')}"


def cpu_name() -> str:
    """The processor's name where the system tells it."""
    table = Path("/proc/cpuinfo")
    if table.exists():
        for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def differences(one: Mapping[str, Any], two: Mapping[str, Any]) -> tuple[str, ...]:
    """What must agree and does not, one sentence each."""
    rows = []
    for name in MUST_AGREE:
        a, b = one.get(name), two.get(name)
        if a == b:
            continue
        if name == "plans" and isinstance(a, dict) and isinstance(b, dict):
            apart = sorted(set(a.items()) ^ set(b.items()))
            names = sorted({plan for plan, _ in apart})
            rows.append(f"plans: {len(names)} are not in both, or not the same ({', '.join(names[:4])}…)")
        else:
            rows.append(f"{name}: {json.dumps(a)} and {json.dumps(b)}")
    return tuple(rows)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
