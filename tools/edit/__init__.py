"""The cut: a timeline of takes and sounds becomes one film, re-encoding only what changed."""

from __future__ import annotations

from tools.edit.cut import CutFacts, cut_film, landing

__all__ = ["CutFacts", "cut_film", "landing"]
