"""The words a plan may use, for planners and judges: a view of the world's tables that needs no torch."""

from __future__ import annotations

from models.world.vocabulary import (
    ACCESSORIES,
    ACTIONS,
    CAMERA_MOVES,
    CARRIED,
    COLOURS,
    FRAMINGS,
    INDOOR,
    MOODS,
    SETTINGS,
    SIDES,
    SIZES,
    SOUNDS,
    STYLES,
    SUBJECTS,
    SURFACES,
    TIMES,
    WEATHERLESS,
    WEATHERS,
    SubjectKind,
)

__all__ = [
    "ACCESSORIES", "ACTIONS", "CAMERA_MOVES", "CARRIED", "COLOURS", "FRAMINGS", "INDOOR", "MOODS", "SETTINGS", "SIDES",
    "SIZES", "SOUNDS", "STYLES", "SUBJECTS", "SURFACES", "TIMES", "WEATHERLESS", "WEATHERS", "SubjectKind",
]  # fmt: skip
