"""What a job's result says of its film."""

from __future__ import annotations

from typing import Any

from agent.film import Film


def told_of(film: Film) -> dict[str, Any]:
    """What a job's result says of its film. ``degraded`` says why in ``reasons``."""
    return {
        "status": film.status, "reasons": list(film.reasons), "changes": list(film.changes), "notes": list(film.notes),
        "duration_s": round(film.duration_s, 3), "size": f"{film.timeline.width}x{film.timeline.height}",
        "cut": film.cut.parent.name + film.cut.stem, "spend_usd": film.spend_usd, "wall_s": film.wall_s,
        "claims": film.score.model_dump(), "board": film.storyboard.digest(),
    }  # fmt: skip
