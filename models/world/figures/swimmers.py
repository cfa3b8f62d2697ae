"""Bodies of the water: fish, whale and turtle."""

from __future__ import annotations

from models.world.figures.anatomy import FLAT, Anatomy, Anchor, Look, draw_cheeks, draw_eyes, draw_smile
from models.world.figures.palette import INK, mix
from models.world.figures.rig import Rig


def draw_fish(look: Look) -> Anatomy:
    """A plump fish: tall fins, a fan tail, stripes or spots by identity."""
    t, c = look.traits, look.colours
    rig = Rig(0.10, 0.30)
    g, k = 1 + 0.6 * (t.girth - 1), t.tail
    rig.joint("body", "root", (0.10, 0.5), drive={"pitch": 1.0}, shift={"bob": (0, 1), "sway": (1, 0)})
    rig.joint("head", "body", (0.20, 0.0), drive={"nod": 0.5}, head=True)
    rig.joint("rear", "body", (-0.30, 0.0), drive={"tail": 0.45})
    rig.joint("tail", "rear", (-0.26, 0.0), drive={"tail": 0.4, "tail_tip": 0.7})
    fan = {"tail_tip": (0.16, 0.0)}
    for sign in (1, -1):
        rig.polygon(
            [
                (0.06, 0.06 * sign),
                (0.04, -0.05 * sign),
                (-0.22 * k, 0.10 * sign),
                (-0.30 * k, 0.34 * sign * k),
                (-0.12, 0.26 * sign),
            ],
            c.dark,
            0.025,
            on="tail",
            shift=fan,
            thick=0.03,
        )
    rig.polygon(
        [(0.18, 0.22), (-0.24, 0.20), (-0.28, 0.46 * t.ear), (0.02, 0.50 * t.ear)],
        c.dark,
        0.03,
        on="body",
        shift={"tail": (0.03, 0)},
    )
    rig.polygon([(0.05, -0.25), (-0.22, -0.20), (-0.24, -0.44)], c.dark, 0.025, on="body")
    rig.capsule("rear", "tail", 0.20 * g, 0.085, c.base)
    rig.ellipse((0.02, 0), 0.46, 0.335 * g, c.base, on="body", deep=0.2)
    rig.capsule((-0.18, -0.17), (0.24, -0.15), 0.07, 0.11, c.pale, on="body", **FLAT)
    stripe = c.pale if t.marking % 2 else mix(c.base, c.deep, 0.6)
    if t.marking % 3:
        for x, h in ((0.02, 0.24), (-0.20, 0.19))[: t.marking % 3]:
            rig.capsule((x, h), (x - 0.02, -h), 0.042, 0.036, stripe, on="body", **FLAT)
    else:
        for x, y in ((-0.02, 0.12), (-0.20, 0.04), (-0.06, -0.06)):
            rig.circle((x, y, 0.1), 0.040, stripe, on="body", **FLAT)
    rig.joint("fin", "body", (0.02, -0.08, 0.16), angle=0.2, drive={"wing": 0.7})
    rig.polygon([(0.03, 0.05), (0.03, -0.05), (-0.20, -0.15), (-0.23, 0.0)], c.dark, 0.02, on="fin")
    draw_eyes(rig, "head", 0.16, 0.075, 0.22, 0.060 * t.eye, ball=1.75)
    draw_cheeks(rig, "head", 0.13, -0.08, 0.20, 0.045, mix(c.base, (0.95, 0.35, 0.35), 0.5))
    for a, b in (((0.275, -0.095, 0.03), (0.235, -0.125, 0.06)), ((0.235, -0.125, 0.06), (0.19, -0.095, 0.10))):
        rig.capsule(a, b, 0.013, 0.012, c.deep, on="head", **FLAT, shift={"mouth": (0.0, -0.012)})
    return Anatomy(
        rig,
        Anchor("body", 0.14, 0.31 * g, 0.20),
        Anchor("head", 0.18, 0.075, 0.13),
        Anchor("body", 0.06, -0.02, 0.30 * g),
        Anchor("body", -0.05, 0.27 * g, 0.45),
        Anchor("head", 0.29, -0.12, 1.3),
        upright=False,
    )


def _whale_marks(rig: Rig, look: Look, g: float) -> None:
    """Pleats of the belly and spots on the back."""
    t, c = look.traits, look.colours
    for i in range(3):
        y = -0.22 * g - 0.065 * i
        rig.capsule(
            (0.44 - 0.10 * i, y),
            (-0.34 - 0.04 * i, y + 0.055),
            0.009,
            0.006,
            mix(c.pale, c.base, 0.35),
            on="body",
            **FLAT,
        )
    kind = t.marking % 3
    if kind:
        for x, y, r in ((0.22, 0.29, 0.035), (0.05, 0.33, 0.045), (-0.16, 0.30, 0.038), (-0.36, 0.24, 0.045))[
            : 2 + kind
        ]:
            rig.circle((x, y * g, 0.1), r, c.light, on="body", **FLAT)


def draw_whale(look: Look) -> Anatomy:
    """A great round-headed whale: pleated pale belly, flipper, lifted fluke, a small smile."""
    t, c = look.traits, look.colours
    rig = Rig(0.08, 0.16)
    g, k = 1 + 0.4 * (t.girth - 1), t.length
    rig.joint("body", "root", (0.32, 0.50), drive={"pitch": 1.0}, shift={"bob": (0, 1), "sway": (1, 0)})
    rig.joint("head", "body", (0.0, 0.0), drive={"nod": 0.15}, head=True)
    rig.joint("rear", "body", (-0.52 * k, -0.02), drive={"tail": 0.5})
    rig.joint("stem", "rear", (-0.45 * k, 0.05), angle=-0.25, drive={"tail": 0.4, "tail_tip": 0.3})
    rig.joint("tail", "stem", (-0.28, 0.0), angle=-0.25, drive={"tail_tip": 0.6})
    rig.polygon(
        [(0.05, -0.03), (-0.10, -0.07), (-0.50 * t.tail, -0.05), (-0.36, 0.13), (-0.02, 0.07)],
        c.dark,
        0.02,
        on="tail",
        shift={"tail_tip": (0.03, -0.06)},
    )
    rig.polygon(
        [(0.07, -0.02), (-0.05, 0.03), (-0.26 * t.tail, 0.44 * t.tail), (-0.02, 0.36), (0.08, 0.12)],
        c.base,
        0.02,
        on="tail",
        shift={"tail_tip": (0.02, 0.04)},
    )
    rig.joint("fin.far", "body", (0.10, -0.26, -0.25), angle=-0.5, drive={"wing": 0.6})
    rig.capsule((0, 0), (-0.25, -0.12), 0.085, 0.035, c.dark, on="fin.far")
    rig.capsule("stem", "tail", 0.125, 0.060, c.base)
    rig.capsule("rear", "stem", 0.298 * g, 0.125, c.base)
    rig.capsule("body", "rear", 0.440 * g, 0.283 * g, c.base)
    rig.ellipse((0.12, 0.0), 0.60, 0.458 * g, c.base, on="body", deep=0.42)
    rig.capsule((0.30, -0.30 * g), (-0.52, -0.20 * g), 0.155 * g, 0.085, c.pale, on="body", **FLAT)
    _whale_marks(rig, look, g)
    rig.joint("fin", "body", (0.06, -0.24, 0.30), angle=-0.15, drive={"wing": 0.8})
    rig.capsule((0, 0), (-0.27, -0.12), 0.105, 0.045, c.dark, on="fin")
    draw_eyes(rig, "head", 0.46, 0.0, 0.34, 0.058 * t.eye, coat=c.base)
    draw_cheeks(rig, "head", 0.42, -0.11, 0.36, 0.055, mix(c.light, (0.95, 0.45, 0.45), 0.5))
    for a, b in (((0.69, -0.105, 0.02), (0.56, -0.165, 0.22)), ((0.56, -0.165, 0.22), (0.40, -0.105, 0.36))):
        rig.capsule(a, b, 0.013, 0.012, c.deep, on="head", **FLAT)
    return Anatomy(
        rig,
        Anchor("body", 0.14, 0.42 * g, 0.24),
        Anchor("head", 0.50, 0.0, 0.20),
        Anchor("body", -0.30, -0.01, 0.40 * g),
        Anchor("body", -0.22, 0.36 * g, 0.62),
        Anchor("head", 0.66, -0.20, 1.15),
        upright=False,
    )


def _turtle_skeleton(look: Look) -> Rig:
    """Body, neck and four legs of a turtle."""
    rig = Rig(0.12, 0.45)
    level = look.leg + 0.10
    rig.joint(
        "body",
        "root",
        (-0.08, level),
        drive={"pitch": 1.0},
        shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, -look.leg * 0.8)},
    )
    rig.joint("neck", "body", (0.46, 0.06), drive={"nod": 0.5, "curl": -0.75, "pitch": -0.5})
    rig.joint("head", "neck", (0.22, 0.20), drive={"nod": 0.5, "curl": 0.6}, shift={"curl": (-0.10, 0.0)}, head=True)
    rig.joint("tail", "body", (-0.55, -0.02), drive={"tail": 0.8})
    for name, x, bend, slots, ahead in (("fore", 0.34, 1.0, (0, 1), 0.14), ("hind", -0.34, -1.0, (2, 3), -0.04)):
        for side, slot in zip((1, -1), slots, strict=True):
            leg = f"{name}.{'near' if side > 0 else 'far'}"
            rig.joint(f"{leg}.hip", "body", (x, -0.02, side * 0.20))
            rig.leg(
                leg,
                f"{leg}.hip",
                (x - 0.06 + side * 0.02, 0.05, side * 0.20),
                look.leg * 0.56,
                look.leg * 0.56,
                slot,
                bend=bend,
                shift={"curl": (ahead, 0.0), "drift": (-0.10, 0.05)},
            )
    return rig


def draw_turtle(look: Look) -> Anatomy:
    """A turtle: domed shell with plates, a gentle head on a long neck, broad legs."""
    t, c = look.traits, look.colours
    rig, skin, shell = _turtle_skeleton(look), mix(c.base, c.pale, 0.36), c.base
    rig.polygon([(0.04, 0.05), (0.04, -0.05), (-0.15 * t.tail, -0.05)], skin, 0.025, on="tail")
    for name in ("fore", "hind"):
        _flipper(rig, name, -1, skin)
    rig.capsule("neck", "head", 0.105, 0.100, skin)
    rig.capsule((-0.45, -0.02), (0.45, -0.02), 0.095, 0.095, mix(c.base, c.pale, 0.65), on="body", line=0.8)
    g = t.girth
    dome = [(-0.56, 0.03), (0.54, 0.03), (0.43, 0.32 * g), (0.15, 0.47 * g), (-0.21, 0.47 * g), (-0.49, 0.29 * g)]
    rig.polygon(dome, shell, 0.055, on="body", thick=0.0, shade=0.6)
    rim = mix(c.base, c.deep, 0.35)
    plate = mix(c.base, c.deep, 0.40) if t.marking % 2 else c.light
    for x in (-0.36, 0.0, 0.33):
        y = (0.27 if x == 0.0 else 0.20) * g
        s = 0.125 if x == 0.0 else 0.088
        rig.polygon(
            [
                (x - s, y),
                (x - s * 0.5, y + s * 0.85),
                (x + s * 0.5, y + s * 0.85),
                (x + s, y),
                (x + s * 0.5, y - s * 0.85),
                (x - s * 0.5, y - s * 0.85),
            ],
            plate,
            0.012,
            on="body",
            shade=0.2,
            line=0.2,
        )
    rig.capsule((-0.56, 0.035), (0.54, 0.035), 0.052, 0.052, rim, on="body", line=0.6)
    for name in ("hind", "fore"):
        _flipper(rig, name, 1, skin)
    r = 0.190 * (1 + 0.6 * (t.head - 1))
    rig.ellipse((0.03, 0), r * 1.10, r * 0.95, skin, on="head")
    draw_eyes(rig, "head", r * 0.66, r * 0.18, r * 0.52 * t.eye, r * 0.19)
    draw_cheeks(rig, "head", r * 0.62, -r * 0.24, r * 0.68, r * 0.16, mix(skin, (0.95, 0.45, 0.40), 0.5))
    draw_smile(rig, "head", r * 0.92, -r * 0.46, r * 0.35, r * 0.26, mix(c.deep, INK, 0.3))
    return Anatomy(
        rig,
        Anchor("head", 0.02, r * 0.80, r * 0.76),
        Anchor("head", r * 0.76, r * 0.18, r * 0.52),
        Anchor("neck", 0.13, 0.11, 0.125),
        Anchor("body", 0.12, 0.47 * g, 0.50),
        Anchor("head", r * 1.1, -r * 0.45, 1.1),
        upright=False,
    )


def _flipper(rig: Rig, name: str, side: int, skin: tuple[float, float, float]) -> None:
    leg = f"{name}.{'near' if side > 0 else 'far'}"
    rig.capsule(f"{leg}.hip", f"{leg}.knee", 0.105, 0.090, skin, key=f"{name}.thigh", side=side)
    rig.capsule(f"{leg}.knee", f"{leg}.foot", 0.090, 0.080, skin, key=f"{name}.shin", side=side)
    rig.capsule((-0.01, 0.0), (0.075, -0.005), 0.062, 0.050, skin, on=f"{leg}.foot", key=f"{name}.paw", side=side)
