"""The cut: a timeline of takes and sounds becomes one film, re-encoding only what changed."""

from __future__ import annotations

from tools.edit.cut import CutFacts, cut_film, landing
from tools.edit.pieces import LAYERS_VERSION
from tools.edit.sound import MIX_VERSION
from tools.media import CODEC_VERSION
from tools.titles import TITLES_VERSION

VERSION = " ".join((CODEC_VERSION, LAYERS_VERSION, TITLES_VERSION, MIX_VERSION))
"""Changes when the same timeline would give another film."""

__all__ = ["VERSION", "CutFacts", "cut_film", "landing"]
