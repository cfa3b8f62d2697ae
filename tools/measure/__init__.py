"""Tiers T0 and T1 of the judges: what a file holds, and what can be measured in its pixels and its sound.

``Measurements`` judges one take, ``measure_cut`` the finished film, ``measure_continuity`` an element in two shots.
Importing this loads no codec and no network.
"""

from __future__ import annotations

from tools.measure.continuity import measure_continuity
from tools.measure.cut import measure_cut
from tools.measure.judge import Measurements

__all__ = ["Measurements", "measure_continuity", "measure_cut"]
