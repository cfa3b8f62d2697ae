"""The dragon: four legs, two wings and a tail."""

from __future__ import annotations

from models.world.figures.anatomy import FLAT, ON_FACE, Anatomy, Anchor, Look, draw_eyes
from models.world.figures.palette import INK, IVORY, Colour, mix
from models.world.figures.rig import Rig
from models.world.figures.wings import add_wing


def _skeleton(look: Look) -> Rig:
    """Trunk, neck, tail and four legs of a dragon."""
    rig = Rig(0.15, 0.60)
    level = look.leg + 0.14
    rig.joint(
        "body",
        "root",
        (0.02, level),
        angle=0.20,
        drive={"pitch": 1.0, "drift": -0.12},
        shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, 0.16 - level), "sit": (0, -0.06)},
    )
    rig.joint("hip", "body", (-0.16, 0))
    rig.joint("chest", "body", (0.17, 0.03), shift={"breathe": (0, 0.006)})
    rig.joint("neck", "chest", (0.05, 0.08), angle=-0.20, drive={"nod": 0.5, "curl": -1.1, "pitch": -0.5})
    rig.joint("head", "neck", (0.14, 0.25), drive={"nod": 0.5, "curl": 0.9}, head=True)
    rig.joint("tail", "hip", (-0.12, 0.0), angle=-0.20, drive={"tail": 0.5, "curl": 0.05})
    k = look.traits.tail
    rig.joint("tail.mid", "tail", (-0.18 * k, -0.10), drive={"tail": 0.4, "tail_tip": 0.3, "curl": -0.1})
    rig.joint("tail.end", "tail.mid", (-0.20 * k, -0.02), drive={"tail_tip": 0.6})
    rig.joint("tail.last", "tail.end", (-0.15 * k, 0.07), drive={"tail_tip": 0.8})
    for name, x, bend, slots, ahead in (("fore", 0.15, 1.0, (0, 1), 0.14), ("hind", -0.15, -1.0, (2, 3), 0.12)):
        for side, slot in zip((1, -1), slots, strict=True):
            leg = f"{name}.{'near' if side > 0 else 'far'}"
            rig.joint(f"{leg}.hip", "body", (x, -0.03, side * 0.09))
            reach = look.leg + 0.10
            rig.leg(
                leg,
                f"{leg}.hip",
                (x + 0.02 + side * 0.012, 0.03, side * 0.09),
                reach * 0.53,
                reach * 0.53,
                slot,
                bend=bend,
                shift={"curl": (ahead, 0.0), "drift": (-0.08, 0.08)},
            )
    return rig


def _draw_head(rig: Rig, look: Look) -> float:
    """Horns, snout, teeth and eyes; returns the radius of the head."""
    t, c = look.traits, look.colours
    r = 0.180 * (1 + 0.6 * (t.head - 1))
    for side in (-1, 1):
        rig.capsule(
            (-0.03, r * 0.70, side * r * 0.5),
            (-0.13, r * 1.35, side * r * 0.75),
            0.030,
            0.008,
            IVORY if sum(c.base) < 2.5 else c.deep,
            on="head",
        )
    rig.ellipse((0, 0), r * 1.05, r * 0.92, c.base, on="head")
    rig.capsule((r * 0.45, -r * 0.28), (r * 1.35, -r * 0.36), r * 0.56, r * 0.46, c.base, on="head", line=0.5)
    chin = (r * 1.20, -r * 0.66, r * 0.42)
    for end, width in (((r * 1.66, -r * 0.50, r * 0.20), 0.055), ((r * 0.66, -r * 0.44, r * 0.62), 0.045)):
        rig.capsule(chin, end, r * 0.055, r * width, c.deep, **ON_FACE, shift={"mouth": (0, -0.01)})
    rig.polygon(
        [(r * 1.42, -r * 0.58, r * 0.36), (r * 1.56, -r * 0.55, r * 0.30), (r * 1.47, -r * 0.76, r * 0.34)],
        IVORY,
        0.004,
        **ON_FACE,
    )
    for side in (-1, 1):
        rig.circle((r * 1.60, -r * 0.16, side * r * 0.2), r * 0.09, c.deep, **ON_FACE)
    draw_eyes(rig, "head", r * 0.52, r * 0.24, r * 0.50 * t.eye, r * 0.19, coat=c.base)
    return r


def draw_dragon(look: Look) -> Anatomy:
    """A friendly dragon: long tail, back spikes, bat wings, horns, pale belly scales."""
    t, c = look.traits, look.colours
    rig = _skeleton(look)
    g = 1 + 0.5 * (t.girth - 1)
    web = mix(c.accent, c.base, 0.35)
    rig.polygon([(-0.01, 0.06), (-0.02, -0.06), (-0.13, 0.03)], web, 0.012, on="tail.last", thick=0.01)
    rig.capsule("tail.end", "tail.last", 0.055, 0.026, c.base)
    rig.capsule("tail.mid", "tail.end", 0.085, 0.055, c.base)
    rig.capsule("tail", "tail.mid", 0.125, 0.085, c.base)
    for name in ("fore", "hind"):
        _dragon_leg(rig, name, -1, c.base)
    add_wing(rig, "body", (0.06, 0.15, -0.10), -1, 0.34, 0.34, 0.26, c.dark, web, (-0.30, 0.20))
    for on, x, y, s in (
        ("neck", -0.05, 0.14, 0.045),
        ("neck", -0.08, 0.01, 0.055),
        ("body", 0.02, 0.18, 0.060),
        ("body", -0.14, 0.165, 0.055),
        ("tail", -0.08, 0.08, 0.045),
    ):
        rig.capsule((x, y - 0.01), (x - s * 0.5, y + s * 1.4), s * 0.95, 0.006, web, on=on)
    rig.capsule("hip", "chest", 0.165 * g, 0.155 * g, c.base)
    rig.capsule((0.02, -0.10), (0.03, -0.07), 0.060 * g, 0.080 * g, c.pale, on="hip", to="chest", **FLAT)
    rig.capsule("neck", "head", 0.115, 0.085, c.base, line=0.6)
    rig.capsule((0.06, -0.02), (0.045, 0.10), 0.050, 0.036, c.pale, on="neck", **FLAT)
    for name in ("hind", "fore"):
        _dragon_leg(rig, name, 1, c.base)
    r = _draw_head(rig, look)
    add_wing(rig, "body", (0.06, 0.15, 0.11), 1, 0.34, 0.34, 0.26, c.dark, web, (-0.30, 0.20))
    return Anatomy(
        rig,
        Anchor("head", -0.01, r * 0.78, r * 0.76),
        Anchor("head", r * 0.60, r * 0.24, r * 0.5),
        Anchor("neck", 0.05, 0.09, 0.115),
        Anchor("body", 0.10, 0.15, 0.36),
        Anchor("head", r * 1.35, -r * 0.75, 0.95),
        upright=False,
    )


def _dragon_leg(rig: Rig, name: str, side: int, colour: Colour) -> None:
    leg = f"{name}.{'near' if side > 0 else 'far'}"
    haunch = 0.105 if name == "hind" else 0.075
    rig.capsule(f"{leg}.knee", f"{leg}.foot", 0.050, 0.044, colour, key=f"{name}.shin", side=side)
    rig.capsule(
        (-0.01, 0), (0.06, -0.004), 0.042, 0.034, mix(colour, INK, 0.12), on=f"{leg}.foot", key=f"{name}.paw", side=side
    )
    rig.capsule(f"{leg}.hip", f"{leg}.knee", haunch, 0.052, colour, key=f"{name}.thigh", side=side, line=0.6)
