"""Things that float, fly and roll: rocket, balloon, ball, lantern and kite."""

from __future__ import annotations

from math import cos, sin

from models.world.figures.anatomy import FLAT, Anatomy, Anchor, Look
from models.world.figures.palette import INK, IVORY, Colour, mix
from models.world.figures.rig import Rig

WOOD: Colour = (0.62, 0.42, 0.25)
FLAME: Colour = (1.0, 0.62, 0.16)


def _porthole(rig: Rig, look: Look) -> None:
    """A round window, as large as a head when somebody looks out of it."""
    c, size = look.colours, 1.0 if look.ridden else look.traits.eye
    rim, pane = (0.150, 0.128) if look.ridden else (0.080, 0.056)
    rig.circle((0, 0.37), rim * size, mix(c.pale, (0.72, 0.74, 0.78), 0.5), on="body", shade=0.2, line=0.6)
    inside: Colour = (0.66, 0.80, 0.90) if look.ridden else (0.25, 0.45, 0.65)
    rig.circle((0, 0.37), pane * size, inside, on="body", shade=0.3, line=0.0, window=look.ridden)
    if not look.ridden:
        rig.capsule((-0.025, 0.39), (-0.005, 0.405), 0.012, 0.009, IVORY, on="body", **FLAT)


def _flame(rig: Rig) -> None:
    """Fire under the nozzle, longer with effort."""
    for r, y, tint in ((0.085, 0.30, FLAME), (0.055, 0.20, (1.0, 0.90, 0.45))):
        rig.capsule(
            (0, 0.0),
            (0, -0.02),
            {"one": 0.0, "effort": r},
            {"one": 0.0, "effort": r * 0.35},
            tint,
            on="body",
            glow=1.0,
            **FLAT,
            alpha={"effort": 2.0},
            shift={"effort": (0, -y * 0.5), "breathe": (0, -0.02)},
        )
        rig.capsule(
            (0, 0.0),
            (0, -0.02),
            {"one": 0.0, "effort": r},
            {"one": 0.0, "effort": r * 0.8},
            tint,
            on="body",
            glow=1.0,
            **FLAT,
            alpha={"effort": 2.0},
        )


def draw_rocket(look: Look) -> Anatomy:
    """A stout rocket: pointed nose, porthole, three fins, a flame that grows with effort."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0, 0.16), shift={"bob": (0, 1)}, drive={"pitch": 1.0})
    g = (1 + 0.6 * (t.girth - 1)) * (1.22 if look.ridden else 1.0)
    _flame(rig)
    rig.polygon([(-0.06, -0.02), (0.06, -0.02), (0.08, 0.06), (-0.08, 0.06)], (0.45, 0.46, 0.50), 0.012, on="body")
    fin = c.dark if t.marking % 2 else c.accent
    for side in (-1, 1):
        rig.polygon(
            [(side * 0.10, 0.02), (side * 0.12, 0.28), (side * 0.23 * g, 0.08), (side * 0.23 * g, -0.13)],
            fin,
            0.018,
            on="body",
        )
    rig.polygon(
        [
            (-0.095 * g, 0.04),
            (0.095 * g, 0.04),
            (0.145 * g, 0.26),
            (0.115 * g, 0.50),
            (-0.115 * g, 0.50),
            (-0.145 * g, 0.26),
        ],
        c.base,
        0.03,
        on="body",
        thick=0.0,
        shade=0.5,
    )
    rig.polygon(
        [(-0.115 * g, 0.52), (0.115 * g, 0.52), (0.055, 0.70), (0.0, 0.79), (-0.055, 0.70)],
        mix(c.base, c.dark, 0.85),
        0.025,
        on="body",
    )
    rig.capsule((-0.125 * g, 0.525), (0.125 * g, 0.525), 0.016, 0.016, c.pale, on="body", shade=0.1, line=0.0)
    _porthole(rig, look)
    if t.style % 2:
        rig.capsule((-0.13 * g, 0.19), (0.13 * g, 0.19), 0.018, 0.018, c.pale, on="body", **FLAT)
    rig.polygon([(-0.018, -0.10), (0.018, -0.10), (0.022, 0.18), (-0.022, 0.18)], fin, 0.01, on="body")
    return Anatomy(
        rig,
        Anchor("body", 0, 0.78, 0.10),
        Anchor("body", 0.0, 0.37, 0.07),
        Anchor("body", 0, 0.48, 0.12),
        Anchor("body", -0.10, 0.45, 0.30),
        Anchor("body", 0.17, 0.20, 0.8),
    )


def _basket(rig: Rig, roomy: bool) -> None:
    """Ropes, burner and a wicker basket; ``roomy`` for riders, whose legs its front hides."""
    wide, rim, top = (0.150, -0.110, 0.150) if roomy else (0.080, -0.155, 0.10)
    dark = mix(WOOD, INK, 0.25)
    for x in (-1.0, 1.0):
        rope = ((x * (wide - 0.015), rim), (x * 0.12, top + (0.06 if roomy else 0.0)))
        rig.capsule(*rope, 0.006, 0.006, mix(WOOD, INK, 0.3), on="basket", shade=0.0, line=0.2)
    flame = ({"one": 0.004, "effort": 0.018}, {"one": 0.002, "effort": 0.008})
    lift = 0.12 if roomy else 0.0
    rig.capsule((0, -0.05 + lift), (0, 0.01 + lift), *flame, FLAME, on="basket", glow=1.0, **FLAT)
    rig.front = True
    foot = wide - 0.02 if roomy else 0.065
    rig.polygon([(-foot, -0.28), (foot, -0.28), (wide, rim - 0.005), (-wide, rim - 0.005)], WOOD, 0.018, on="basket")
    rig.capsule((-wide - 0.005, rim), (wide + 0.005, rim), 0.016, 0.016, dark, on="basket", line=0.4)
    for y in (-0.22, -0.165) if roomy else (-0.22,):
        rig.capsule((-foot - 0.005, y), (foot + 0.005, y), 0.006, 0.006, dark, on="basket", **FLAT)
    rig.front = False


def draw_balloon(look: Look) -> Anatomy:
    """A hot-air balloon: striped envelope, ropes, a wicker basket, a burner flame."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0, 0.10), shift={"bob": (0, 1)}, drive={"pitch": 1.0})
    rig.joint("basket", "body", (0, 0.20), drive={"tail": 0.5})
    g = 1 + 0.5 * (t.girth - 1)
    _basket(rig, look.ridden)
    up, g = (0.06, 0.82 * g) if look.ridden else (0.0, g)
    rig.polygon(
        [(-0.055, 0.28 + up), (0.055, 0.28 + up), (0.21 * g, 0.50 + up), (-0.21 * g, 0.50 + up)],
        c.base,
        0.03,
        on="body",
        shade=0.2,
    )
    rig.circle((0, 0.61 + up), 0.285 * g, c.base, on="body", shade=0.5)
    stripe, top = c.pale if t.marking % 2 else c.light, 0.61 + 0.245 * g + up
    for x in (-0.5, 0.5):
        rig.capsule((x * 0.09, 0.30 + up), (x * 0.30 * g, 0.56 + up), 0.012, 0.036, stripe, on="body", **FLAT)
        rig.capsule((x * 0.30 * g, 0.56 + up), (x * 0.13 * g, top), 0.036, 0.014, stripe, on="body", **FLAT)
    if t.style % 2:
        rig.capsule((-0.25 * g, 0.60 + up), (0.25 * g, 0.60 + up), 0.028, 0.028, c.accent, on="body", **FLAT)
    rig.capsule((-0.055, 0.265 + up), (0.055, 0.265 + up), 0.016, 0.016, c.dark, on="body", line=0.3)
    return Anatomy(
        rig,
        Anchor("body", 0, 0.87, 0.17),
        Anchor("body", 0.0, 0.62, 0.14),
        Anchor("body", 0, 0.33, 0.10),
        Anchor("body", -0.17, 0.72, 0.34),
        Anchor("basket", 0.0, -0.29, 0.7),
    )


def draw_ball(look: Look) -> Anatomy:
    """A toy ball: a stripe and a star, so that its rolling is seen."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0, 0.5), shift={"bob": (0, 1)})
    rig.joint("spin", "body", (0, 0), drive={"roll": 1.0})
    rig.circle((0, 0), 0.5, c.base, on="body", shade=0.6)
    mark = c.pale if t.marking % 2 else c.accent
    if t.style % 2:
        rig.capsule((-0.40, 0.0), (0.40, 0.0), 0.085, 0.085, mark, on="spin", **FLAT)
        rig.circle((0, 0), 0.16, c.base, on="spin", **FLAT)
    else:
        for angle in (0.0, 2.094, 4.189):
            rig.capsule(
                (0.16 * cos(angle), 0.16 * sin(angle)),
                (0.38 * cos(angle), 0.38 * sin(angle)),
                0.035,
                0.095,
                mark,
                on="spin",
                **FLAT,
            )
    star = IVORY if sum(c.base) < 2.4 else c.accent
    rig.polygon([(0.0, 0.13), (-0.115, -0.07), (0.115, -0.07)], star, 0.012, on="spin", **FLAT)
    rig.polygon([(0.0, -0.14), (-0.115, 0.06), (0.115, 0.06)], star, 0.012, on="spin", **FLAT)
    rig.ellipse((-0.19, 0.25), 0.13, 0.055, (1.0, 1.0, 1.0), on="body", tilt=0.7, alpha=0.4, **FLAT)
    return Anatomy(
        rig,
        Anchor("body", 0, 0.44, 0.30),
        Anchor("body", 0.0, 0.10, 0.26),
        Anchor("body", 0, -0.16, 0.44),
        Anchor("body", -0.20, 0.36, 0.62),
        Anchor("body", 0.0, 0.5, 1.2),
        hang=False,
    )


def draw_lantern(look: Look) -> Anatomy:
    """A paper lantern that glows from inside."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0, 0.92), drive={"tail": 0.5, "pitch": 1.0}, shift={"bob": (0, 1)})
    g = 1 + 0.6 * (t.girth - 1)
    frame = mix(c.deep, INK, 0.4)
    rig.capsule((0, 0.0), (0, 0.08), 0.014, 0.014, frame, on="body")
    warm = mix(c.base, (1.0, 0.86, 0.45), 0.18)
    for r, a in ((0.52, 0.10), (0.42, 0.12)):
        rig.circle(
            (0, -0.42),
            r,
            mix(c.base, (1.0, 0.9, 0.6), 0.5),
            on="body",
            glow=1.0,
            **FLAT,
            soft=0.10,
            alpha={"one": a, "effort": 0.1},
        )
    rig.ellipse((0, -0.42), 0.32 * g, 0.34, c.base, on="body", glow=0.45, shade=0.35)
    rig.ellipse((0, -0.42), 0.17 * g, 0.29, warm, on="body", glow=0.75, **FLAT)
    for x in (-0.5, 0.5):
        rig.ellipse((x * 0.36 * g, -0.42), 0.012, 0.27, c.dark, on="body", **FLAT, alpha=0.6)
    for y, w in ((-0.09, 0.13), (-0.75, 0.12)):
        rig.capsule((-w, y), (w, y), 0.035, 0.035, frame, on="body", line=0.6)
    rig.joint("tassel", "body", (0, -0.79), drive={"tail": 0.4, "tail_tip": 0.6})
    rig.capsule((0, 0), (0, -0.12 * t.tail), 0.014, 0.030, c.accent if t.marking % 2 else c.dark, on="tassel")
    if t.style % 2:
        rig.circle((0.0, -0.42), 0.085, c.accent, on="body", glow=0.3, **FLAT)
    return Anatomy(
        rig,
        Anchor("body", 0, -0.05, 0.17),
        Anchor("body", 0.0, -0.40, 0.16),
        Anchor("body", 0, -0.16, 0.17),
        Anchor("body", -0.20, -0.22, 0.42),
        Anchor("body", 0.0, -0.80, 0.9),
    )


def draw_kite(look: Look) -> Anatomy:
    """A diamond kite with crossed spars and a tail of ribbons that follows the wind."""
    t, c = look.traits, look.colours
    rig = Rig(0.0, 0.0)
    rig.joint("body", "root", (0.06, 0.62), angle=0.22, drive={"pitch": 1.0}, shift={"bob": (0, 1)})
    w, h = 0.29 * t.girth, 0.36
    rig.joint("tail", "body", (0, -0.46), angle=-0.35, drive={"tail": 1.0, "effort": -0.5})
    rig.joint("tail.mid", "tail", (0, -0.17 * t.tail), drive={"tail": 0.3, "tail_tip": 0.6})
    rig.joint("tail.end", "tail.mid", (0, -0.17 * t.tail), drive={"tail_tip": 1.1})
    rig.capsule("tail", "tail.mid", 0.010, 0.010, mix(c.deep, INK, 0.2), shade=0.0, line=0.3)
    rig.capsule("tail.mid", "tail.end", 0.010, 0.010, mix(c.deep, INK, 0.2), shade=0.0, line=0.3)
    for on, tint in (("tail.end", c.base), ("tail.mid", c.accent)):
        for side in (-1, 1):
            rig.polygon([(0, 0), (side * 0.085, 0.045), (side * 0.085, -0.045)], tint, 0.010, on=on, shade=0.1)
    rig.polygon([(0, -0.46), (w, 0.08), (0, h), (-w, 0.08)], c.base, 0.018, on="body", thick=0.02, shade=0.3)
    other = c.light if t.marking % 2 else c.dark
    rig.polygon([(0, -0.44), (w * 0.97, 0.08), (0, 0.08)], other, 0.012, on="body", shade=0.1, line=0.0)
    if t.marking % 3 == 1:
        rig.polygon([(-w * 0.97, 0.08), (0, h * 0.97), (0, 0.08)], c.pale, 0.010, on="body", shade=0.1, line=0.0)
    for a, b in (((0, -0.45), (0, h)), ((-w, 0.08), (w, 0.08))):
        rig.capsule(a, b, 0.010, 0.010, mix(WOOD, INK, 0.2), on="body", **FLAT)
    if t.style % 2:
        rig.circle((0, 0.08), 0.085, c.accent, on="body", **FLAT)
    return Anatomy(
        rig,
        Anchor("body", 0, h * 0.86, 0.14),
        Anchor("body", 0.0, 0.11, 0.13),
        Anchor("body", 0, -0.08, 0.15),
        Anchor("body", -0.18, 0.05, 0.30),
        Anchor("body", 0.0, -0.42, 0.85),
    )
