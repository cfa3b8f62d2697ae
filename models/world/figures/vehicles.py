"""Things that drive and sail: car, train and boat."""

from __future__ import annotations

from typing import Any

from models.world.figures.anatomy import FLAT, Anatomy, Anchor, Look
from models.world.figures.palette import INK, IVORY, Colour, mix
from models.world.figures.rig import Rig

GLASS: Colour = (0.74, 0.88, 0.95)
TYRE: Colour = (0.17, 0.17, 0.19)
WOOD: Colour = (0.62, 0.42, 0.25)


def _wheel(rig: Rig, name: str, x: float, radius: float, hub: Colour, z: float = 0.12) -> None:
    rig.joint(name, "root", (x, radius, z), drive={"roll": 1.0})
    rig.circle((0, 0), radius, TYRE, on=name)
    rig.circle((0, 0), radius * 0.56, hub, on=name, shade=0.1, line=0.3)
    rig.capsule(
        (-radius * 0.42, 0), (radius * 0.42, 0), radius * 0.11, radius * 0.11, mix(hub, INK, 0.55), on=name, **FLAT
    )
    rig.circle((0, 0), radius * 0.16, TYRE, on=name, **FLAT)


def _cabin(rig: Rig, look: Look) -> None:
    """Roof and windows; one tall window when somebody sits in the car."""
    c, k = look.colours, look.traits.length
    glass: dict[str, Any] = {"on": "body", "shade": 0.1, "line": 0.3}
    if look.ridden:
        rig.polygon([(-0.60, 0.26), (0.42, 0.26), (0.26, 0.96), (-0.46, 0.96)], c.base, 0.07, on="body", thick=0.10)
        pane = [(-0.50, 0.24), (0.34, 0.24), (0.20, 0.88), (-0.40, 0.88)]
        rig.polygon(pane, GLASS, 0.04, window=True, **glass)
        return
    rig.polygon([(-0.52, 0.30), (0.28 * k, 0.30), (0.10 * k, 0.64), (-0.34, 0.64)], c.base, 0.06, on="body", thick=0.10)
    rig.polygon([(-0.42, 0.34), (-0.10, 0.34), (-0.10, 0.58), (-0.30, 0.58)], GLASS, 0.02, **glass)
    rig.polygon([(-0.02, 0.34), (0.20 * k, 0.34), (0.08 * k, 0.58), (-0.02, 0.58)], GLASS, 0.02, **glass)
    rig.capsule((-0.38, 0.40), (-0.28, 0.53), 0.015, 0.015, IVORY, on="body", **FLAT)


def draw_car(look: Look) -> Anatomy:
    """A small rounded car whose head-lamps are its eyes."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.30)
    rig.joint("body", "root", (0, 0.30), drive={"pitch": 1.0}, shift={"bob": (0, 1)})
    rig.joint("head", "body", (0.62, 0.10), head=True)
    for x in (-0.50, 0.54):
        rig.circle((x + 0.05, 0.20, -0.14), 0.175, TYRE)
    _cabin(rig, look)
    rig.front = True
    rig.polygon(
        [(-0.86, -0.08), (0.86, -0.08), (0.88, 0.14), (0.62, 0.28), (-0.78, 0.28), (-0.90, 0.14)],
        c.base,
        0.08,
        on="body",
        thick=0.12,
        shade=0.55,
    )
    rig.capsule((-0.84, -0.06), (0.84, -0.06), 0.045, 0.045, c.dark, on="body", **FLAT)
    if t.marking % 3 == 1:
        rig.capsule((-0.84, 0.11), (0.80, 0.11), 0.028, 0.028, c.pale, on="body", **FLAT)
    elif t.marking % 3 == 2:
        rig.circle((-0.08, 0.08), 0.125, c.pale, on="body", shade=0.0, line=0.2)
        rig.circle((-0.08, 0.08), 0.060, c.accent, on="body", **FLAT)
    rig.capsule((-0.02, 0.20), (0.06, 0.20), 0.016, 0.016, c.deep, on="body", **FLAT)
    lamp: Colour = (1.0, 0.95, 0.72)
    rig.circle((0.80, 0.10, 0.05), 0.115, lamp, on="body", glow=0.35, shade=0.1, line=0.5)
    rig.ellipse((0.83, 0.10, 0.05), 0.042, 0.062, INK, on="body", **FLAT, grow={"blink": -0.055})
    rig.capsule((-0.93, 0.08), (-0.93, 0.16), 0.028, 0.028, (0.78, 0.14, 0.14), on="body", shade=0.0, line=0.2)
    rig.capsule((0.66, -0.055), (0.98, -0.055), 0.038, 0.038, mix(c.pale, (0.7, 0.72, 0.75), 0.6), on="body", line=0.4)
    for x, name in ((-0.52, "rear"), (0.52, "front")):
        rig.circle((x, -0.09, 0.0), 0.225, c.dark, on="body", **FLAT)
        _wheel(rig, name, x, 0.185, mix(IVORY, c.base, 0.1))
    for i, x in enumerate((-1.05, -1.17, -1.32)):
        rig.circle(
            (x, 0.10 + 0.05 * i),
            0.05 + 0.022 * i,
            (0.86, 0.86, 0.88),
            shade=0.1,
            line=0.0,
            soft=0.02,
            alpha={"effort": 0.5 - 0.12 * i},
            shift={"breathe": (-0.04, 0.02)},
        )
    return Anatomy(
        rig,
        Anchor("body", -0.14, 0.66, 0.24),
        Anchor("body", 0.80, 0.10, 0.14),
        Anchor("body", 0.52, 0.26, 0.20),
        Anchor("body", -0.46, 0.40, 0.42),
        Anchor("body", -0.12, 0.71, 1.25),
        upright=False,
        hang=False,
    )


def _cab(rig: Rig, look: Look) -> None:
    """The driver's cab with its lit window, larger when somebody looks out of it."""
    c, t = look.colours, look.traits
    tall, wide = (0.86, 0.10) if look.ridden else (0.60, 0.0)
    lit: Colour = (1.0, 0.90, 0.62)
    rig.polygon(
        [(-0.90 - wide, -0.02), (-0.30 + wide, -0.02), (-0.30 + wide, tall), (-0.90 - wide, tall)],
        c.base,
        0.04,
        on="body",
        thick=0.10,
    )
    roof = c.light if t.marking % 2 else c.accent
    rig.capsule((-1.00 - wide, tall + 0.065), (-0.20 + wide, tall + 0.065), 0.045, 0.045, roof, on="body")
    low, high = (0.20, 0.78) if look.ridden else (0.30, 0.52)
    rig.polygon(
        [(-0.78 - wide, low), (-0.44 + wide, low), (-0.44 + wide, high), (-0.78 - wide, high)],
        lit,
        0.02,
        on="body",
        glow=0.35,
        shade=0.1,
        line=0.3,
        window=look.ridden,
    )
    if not look.ridden:
        rig.capsule((-0.61, 0.31), (-0.61, 0.52), 0.014, 0.014, c.base, on="body", **FLAT)


def draw_train(look: Look) -> Anatomy:
    """A steam locomotive with a cab, a chimney that puffs, and coupled wheels."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0, 0.28), drive={"pitch": 1.0}, shift={"bob": (0, 1)})
    brass: Colour = (0.90, 0.70, 0.28)
    red = c.accent
    puff = {"shade": 0.2, "line": 0.25, "soft": 0.012}
    for i, (x, y, r) in enumerate(((0.62, 0.86, 0.075), (0.48, 1.00, 0.105), (0.28, 1.12, 0.13), (0.02, 1.20, 0.15))):
        rig.circle(
            (x, y),
            {"one": r, "breathe": 0.012},
            (0.90, 0.90, 0.92),
            on="root",
            alpha={"one": 0.12 if i == 0 else 0.0, "effort": 0.85 - 0.16 * i},
            shift={"tail": (-0.05, 0.02), "breathe": (0.0, 0.015 * i)},
            **puff,
        )
    for x in (-0.66, -0.10, 0.50):
        rig.circle((x + 0.05, 0.16, -0.1), 0.13, TYRE)
    rig.polygon([(0.57, 0.36), (0.71, 0.36), (0.75, 0.56), (0.53, 0.56)], c.base, 0.02, on="body", thick=0.02)
    rig.capsule((0.52, 0.575), (0.76, 0.575), 0.03, 0.03, brass, on="body", line=0.5)
    rig.ellipse((0.12, 0.42), 0.10, 0.085, brass, on="body", line=0.5)
    rig.capsule((-0.30, 0.20), (0.80, 0.20), 0.225, 0.225, c.base, on="body", shade=0.7)
    for x in (0.02, 0.38):
        rig.capsule((x, 0.405), (x, -0.0), 0.016, 0.016, brass, on="body", shade=0.1, line=0.0)
    _cab(rig, look)
    rig.capsule((-0.82, 0.14), (-0.40, 0.14), 0.022, 0.022, brass if t.marking % 3 else red, on="body", **FLAT)
    rig.capsule((-1.0, -0.05), (1.0, -0.05), 0.055, 0.055, red, on="body", line=0.5)
    rig.circle((1.0, 0.22), 0.165, c.light, on="body", shade=0.2, line=0.5)
    rig.circle((0.99, 0.44), 0.07, (1.0, 0.95, 0.72), on="body", glow=0.6, shade=0.0, line=0.5)
    rig.polygon([(0.98, -0.06), (1.10, -0.24), (0.78, -0.24), (0.80, -0.06)], c.dark, 0.015, on="body")
    for x, name in ((-0.66, "first"), (-0.10, "second"), (0.50, "third")):
        _wheel(rig, name, x, 0.15 if x < 0.3 else 0.13, red, 0.10)
    return Anatomy(
        rig,
        Anchor("body", -0.60, 0.71, 0.26),
        Anchor("body", 1.02, 0.24, 0.16),
        Anchor("body", 0.78, 0.20, 0.24),
        Anchor("body", -0.62, 0.62, 0.40),
        Anchor("body", 0.30, 0.43, 1.05),
        upright=False,
        hang=False,
    )


def draw_boat(look: Look) -> Anatomy:
    """A sailing boat: rounded hull in the colour, two sails of its tints, a pennant."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0, 0.08), drive={"pitch": 1.0}, shift={"bob": (0, 1)})
    mast = -0.17 if look.ridden else 0.02
    rig.capsule((mast, 0.15), (mast, 0.90), 0.018, 0.014, WOOD, on="body")
    sail = c.base if t.marking % 3 else c.pale
    full, luff = {"effort": (-0.04, 0.0)}, mast - 0.05
    for i, y in enumerate((0.24, 0.47)):
        top = y + 0.22 if i == 0 else 0.86
        wide0, wide1 = 0.42 * (0.90 - y) / 0.66 + 0.02, 0.42 * (0.90 - top) / 0.66 + 0.02
        rig.polygon(
            [(luff, y), (luff - wide0 * t.length, y), (luff - wide1 * t.length, top), (luff, top)],
            c.base if i else sail,
            0.012,
            on="body",
            shift=full,
            shade=0.4,
        )
    if not look.ridden:
        rig.polygon(
            [(0.07, 0.26), (0.46 * t.length, 0.26), (0.07, 0.80)],
            c.light,
            0.014,
            on="body",
            shade=0.4,
            shift={"effort": (0.03, 0.0)},
        )
    rig.joint("flag", "body", (mast, 0.90), drive={"tail": 0.8})
    rig.polygon([(0.0, 0.02), (0.0, -0.07), (-0.17, -0.025)], c.accent, 0.008, on="flag", shade=0.1)
    rig.front = True
    rig.polygon(
        [(-0.56, 0.17), (0.58, 0.17), (0.40, -0.05), (-0.40, -0.05)], c.base, 0.035, on="body", thick=0.08, shade=0.6
    )
    rig.capsule((-0.57, 0.185), (0.61, 0.185), 0.030, 0.030, WOOD, on="body", line=0.6)
    rig.capsule((-0.46, 0.06), (0.47, 0.06), 0.022, 0.022, c.accent, on="body", **FLAT)
    for x in (-0.2, 0.05, 0.3):
        rig.circle((x, 0.115), 0.026, mix(c.deep, GLASS, 0.2), on="body", **FLAT)
    for x, r in ((-0.50, 0.045), (0.50, 0.045), (-0.64, 0.035)):
        rig.capsule(
            (x - 0.09, 0.0),
            (x + 0.09, 0.0),
            r * 0.7,
            r * 0.7,
            (0.93, 0.97, 1.0),
            **FLAT,
            alpha={"effort": 0.8},
            shift={"breathe": (0.02, 0.005)},
        )
    return Anatomy(
        rig,
        Anchor("body", 0.02, 0.92, 0.14),
        Anchor("body", 0.45, 0.10, 0.10),
        Anchor("body", 0.44, 0.10, 0.12),
        Anchor("body", -0.35, 0.20, 0.30),
        Anchor("body", 0.34, 0.215, 0.85),
        upright=False,
        hang=False,
    )
