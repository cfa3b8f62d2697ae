"""What tells four-legged animals apart: proportions, ears, tails, manes and markings."""

from __future__ import annotations

from dataclasses import dataclass

from models.world.figures.anatomy import FLAT, Look
from models.world.figures.palette import INK, IVORY, Colour, mix
from models.world.figures.rig import Rig


@dataclass(frozen=True)
class Frame:
    """Lengths in standing heights. The body is level from hip to chest; the neck rises from the chest to the head."""

    trunk: float
    chest: float
    rump: float
    neck_x: float
    neck_y: float
    neck_r: float
    head: float
    muzzle: float
    muzzle_r: float
    leg_r: float
    paw: float
    lean_back: float = 0.0


FRAMES: dict[str, Frame] = {
    "fox": Frame(0.56, 0.165, 0.150, 0.16, 0.20, 0.105, 0.215, 0.235, 0.075, 0.052, 0.062),
    "cat": Frame(0.54, 0.150, 0.145, 0.13, 0.22, 0.095, 0.215, 0.090, 0.085, 0.048, 0.058),
    "dog": Frame(0.54, 0.175, 0.155, 0.14, 0.22, 0.110, 0.205, 0.185, 0.098, 0.056, 0.066),
    "rabbit": Frame(0.34, 0.185, 0.225, 0.15, 0.26, 0.110, 0.235, 0.060, 0.095, 0.056, 0.066),
    "bear": Frame(0.52, 0.250, 0.270, 0.17, 0.17, 0.190, 0.225, 0.120, 0.105, 0.092, 0.100),
    "deer": Frame(0.44, 0.135, 0.125, 0.13, 0.27, 0.072, 0.140, 0.115, 0.058, 0.034, 0.036),
    "horse": Frame(0.50, 0.150, 0.145, 0.18, 0.27, 0.100, 0.138, 0.200, 0.078, 0.042, 0.048),
}


def curled(x: float, trunk: float) -> float:
    """How far a spot of the body at ``x`` moves when the sleeping body curls up to three fifths of its length."""
    return -0.38 * x + 0.09 * trunk


def draw_markings(rig: Rig, look: Look, f: Frame) -> None:
    """Patches, stripes or spots on the back and flank by identity; one of six kinds leaves the coat plain."""
    t, c = look.traits, look.colours
    kind = t.marking % 5
    tint = mix(c.base, c.deep, 0.55) if sum(c.base) > 0.7 else mix(c.base, c.light, 0.8)
    half = f.trunk / 2

    def along(x: float) -> dict[str, tuple[float, float]]:
        return {"curl": (curled(x, f.trunk), 0.0)}

    if kind == 1:
        for i in range(3):
            x = half * (0.55 - 0.55 * i)
            rig.capsule(
                (x, f.chest * 0.85, 0.3 * f.chest),
                (x - 0.02, f.chest * 0.15, 0.8 * f.chest),
                0.020,
                0.008,
                tint,
                on="body",
                **FLAT,
                shift=along(x),
            )
    elif kind == 2:
        for i, (u, v) in enumerate(((0.6, 0.35), (0.1, 0.55), (-0.4, 0.30), (-0.85, 0.55))):
            rig.circle(
                (half * u, f.chest * v, f.chest * 0.5),
                0.020 + 0.004 * (i % 2),
                tint,
                on="body",
                **FLAT,
                shift=along(half * u),
            )
    elif kind == 3:
        x = half * (0.1 * (t.style % 8) - 0.5)
        # Two blots that run into each other, up to the edge of the back.
        for dx, y, wide, high in ((0.0, 0.40, 0.125, 0.50), (0.09, 0.24, 0.085, 0.42)):
            at, size = (x + dx, f.chest * y, f.chest * 0.3), f.chest * high
            rig.ellipse(at, wide, size, tint, on="body", **FLAT, shift=along(x + dx))
    elif kind == 4:
        # As round as the trunk itself and touching its upper edge, so that it is a coat and not a plank on it.
        girth = 1 + 0.6 * (t.girth - 1)
        rump, chest = f.rump * girth, f.chest * girth
        ends = ((-0.01, 0.44 * rump), (0.01, 0.44 * chest))
        mantle = mix(c.base, tint, 0.6)
        rig.capsule(*ends, 0.54 * rump, 0.54 * chest, mantle, on="hip", to="chest", **FLAT, soft=0.022)


def draw_ears(
    rig: Rig,
    head: float,
    side: int,
    outer: Colour,
    inner: Colour,
    tall: float,
    wide: float,
    tip: Colour | None,
    lean: float = 0.0,
) -> None:
    """A pointed ear on one side of the head."""
    x, y, z = -0.12 * head, 0.62 * head, side * 0.52 * head
    top = (x - lean * tall, y + tall, z * 1.25)
    name = f"ear.{'near' if side > 0 else 'far'}"
    rig.joint(name, "head", (x, y, z), drive={"ear": 0.5 * side, "curl": 0.25})
    tx, ty, tz = top[0] - x, top[1] - y, top[2] - z
    front = {"one": 0.0, "head_sin": 2.0}
    rig.capsule((0, 0, 0), (tx, ty, tz), wide * 0.74, 0.014, outer, on=name)
    if tip is not None:
        rig.capsule((tx * 0.58, ty * 0.58, tz * 0.58), (tx, ty, tz), wide * 0.74 * 0.42, 0.014, tip, on=name, **FLAT)
    ends = (wide * 0.10, 0.10 * head, 0.02), (tx * 0.62, ty * 0.60, tz * 0.6 + 0.01)
    rig.capsule(ends[0], ends[1], wide * 0.34, 0.008, inner, on=name, **FLAT, alpha=front)


def draw_both_ears(rig: Rig, look: Look, f: Frame, side: int) -> None:
    c, t, subject = look.colours, look.traits, look.subject
    r = f.head * (1 + 0.7 * (t.head - 1))
    pink = mix((0.96, 0.66, 0.64), c.base, 0.25)
    if subject in ("fox", "cat"):
        tall = r * (0.92 if subject == "fox" else 0.74) * t.ear
        draw_ears(
            rig,
            r,
            side,
            c.base,
            c.deep if subject == "fox" else pink,
            tall,
            r * 0.48,
            mix(c.deep, INK, 0.6) if subject == "fox" else None,
            0.05,
        )
        return
    name = f"ear.{'near' if side > 0 else 'far'}"
    z = side * r * 0.55
    if subject == "rabbit":
        rig.joint(
            name,
            "head",
            (-0.10 * r, 0.72 * r, z * 0.62),
            angle=0.18 + 0.06 * side,
            drive={"ear": 0.6, "curl": 0.9, "effort": 0.5},
        )
        tall = 1.50 * r * t.ear
        rig.capsule((0, 0, 0), (0, tall * 0.85, side * 0.05), r * 0.21, r * 0.20, c.base, on=name)
        rig.capsule(
            (0.02, 0.18 * r, 0.02),
            (0.02, tall * 0.80, side * 0.05),
            r * 0.10,
            r * 0.10,
            pink,
            on=name,
            **FLAT,
            alpha={"one": 0.0, "head_sin": 2.2},
        )
    elif subject == "dog":
        rig.joint(
            name, "head", (-0.12 * r, 0.52 * r, z * 1.35), angle=-0.25, drive={"ear": 0.6, "effort": -0.6, "nod": -0.3}
        )
        tall = r * 1.0 * t.ear
        rig.capsule((0, 0, 0), (-0.16 * r, -tall * 0.8, side * 0.015), r * 0.22, r * 0.30, c.dark, on=name)
    elif subject == "bear":
        _round_ears(rig, look, r, z)
    else:
        _long_ears(rig, look, name, side, r, z, pink)


def _round_ears(rig: Rig, look: Look, r: float, z: float) -> None:
    c, t = look.colours, look.traits
    rig.circle((-0.22 * r, 0.72 * r, z * 1.15), r * 0.32 * t.ear, c.base, on="head")
    rig.circle(
        (-0.16 * r, 0.74 * r, z * 1.15),
        r * 0.17 * t.ear,
        mix(c.base, c.pale, 0.45),
        on="head",
        **FLAT,
        alpha={"one": 0.0, "head_sin": 2.2},
    )


def _long_ears(rig: Rig, look: Look, name: str, side: int, r: float, z: float, pink: Colour) -> None:
    """Ears of deer and horse: the deer's stand out."""
    c, t, subject = look.colours, look.traits, look.subject
    rig.joint(name, "head", (-0.35 * r, 0.60 * r, z), drive={"ear": 0.6})
    tip = (
        (-0.40 * r, 0.80 * r * t.ear, side * 0.10) if subject == "deer" else (-0.05 * r, 0.95 * r * t.ear, side * 0.02)
    )
    rig.capsule((0, 0, 0), tip, r * 0.26, r * 0.10, c.base, on=name)
    rig.capsule(
        (0.02, 0.02, 0),
        (tip[0] * 0.8, tip[1] * 0.8, tip[2] * 0.8),
        r * 0.13,
        r * 0.05,
        pink,
        on=name,
        **FLAT,
        alpha={"one": 0.0, "head_sin": 2.0},
    )


def draw_face_marks(rig: Rig, look: Look, f: Frame, r: float) -> None:
    c, t = look.colours, look.traits
    front = {"one": 0.0, "head_sin": 2.2}
    if look.subject == "cat":
        for side in (-1, 1):
            for lift in (-0.02, 0.03):
                rig.capsule(
                    (r * 0.62, -r * 0.28, side * r * 0.42),
                    (r * 0.60, -r * 0.30 + lift * 1.6, side * r * 1.12),
                    0.006,
                    0.004,
                    c.pale,
                    on="head",
                    **FLAT,
                    alpha=front,
                )
    if look.subject == "deer":
        for i in range(4):
            rig.circle(
                (-0.17 + 0.09 * i, 0.055 - 0.03 * (i % 2), 0.1),
                0.014,
                mix(c.pale, IVORY, 0.4),
                on="body",
                **FLAT,
                shift={"curl": (curled(-0.17 + 0.09 * i, f.trunk), 0.0)},
            )
        horn = mix((0.72, 0.58, 0.40), c.deep, 0.15)
        for side in (-1, 1):
            root, tip = (-0.02, r * 0.8, side * 0.05), (-0.07, r * 0.8 + 0.16 * t.ear, side * 0.14)
            rig.capsule(root, tip, 0.018, 0.012, horn, on="head")
            mid = tuple(a + (b - a) * 0.5 for a, b in zip(root, tip, strict=True))
            rig.capsule(mid, (mid[0] + 0.075, mid[1] + 0.065, mid[2] + side * 0.02), 0.014, 0.010, horn, on="head")


def draw_mane(rig: Rig, look: Look, f: Frame) -> None:
    c = look.colours
    hair = mix(c.deep, INK, 0.35) if look.traits.hair % 3 else mix(c.pale, IVORY, 0.4)
    for share, size in ((0.12, 0.062), (0.45, 0.062), (0.80, 0.056)):
        x, y = f.neck_x * share - f.neck_r * 0.75, f.neck_y * share + f.neck_r * 0.35
        rig.capsule(
            (x, y, 0.02),
            (x - 0.055, y - 0.10, 0.04),
            size,
            size * 0.5,
            hair,
            on="neck",
            shade=0.2,
            line=0.4,
            shift={"tail": (-0.012, 0.004)},
        )
    rig.capsule(
        (-0.02, f.head * 0.90, 0), (f.head * 0.55, f.head * 0.62, 0), 0.045, 0.022, hair, on="head", shade=0.2, line=0.3
    )


def _bushy(rig: Rig, look: Look, f: Frame) -> None:
    c, k = look.colours, look.traits.tail
    rig.joint("tail.mid", "tail", (-0.17 * k, -0.02), drive={"tail": 0.5, "tail_tip": 0.3, "curl": -0.15})
    rig.joint("tail.end", "tail.mid", (-0.20 * k, 0.05), drive={"tail_tip": 0.7, "curl": -0.30})
    rig.capsule("tail", "tail.mid", 0.055, 0.105, c.base)
    rig.capsule("tail.mid", "tail.end", 0.110, 0.092, c.base)
    rig.capsule(
        (-0.005, 0.002),
        (-0.095 * k, 0.045),
        0.086,
        0.030,
        IVORY if c.base[2] < 0.9 else c.dark,
        on="tail.end",
        shade=0.2,
    )


def _long_tail(rig: Rig, look: Look, f: Frame) -> None:
    c, k = look.colours, look.traits.tail
    rig.joint("tail.mid", "tail", (-0.18 * k, 0.06), drive={"tail": 0.5, "tail_tip": 0.3, "curl": 0.4})
    rig.joint("tail.end", "tail.mid", (-0.14 * k, 0.15), drive={"tail_tip": 0.8, "curl": 0.9})
    rig.joint("tail.last", "tail.end", (-0.01 * k, 0.14), angle=0.2, drive={"tail_tip": 0.9, "curl": 0.7})
    rig.capsule("tail", "tail.mid", 0.045, 0.040, c.base)
    rig.capsule("tail.mid", "tail.end", 0.040, 0.037, c.base)
    rig.capsule("tail.end", "tail.last", 0.037, 0.036, c.dark)


def _up_tail(rig: Rig, look: Look, f: Frame) -> None:
    c, k = look.colours, look.traits.tail
    rig.joint("tail.mid", "tail", (-0.11 * k, 0.10), drive={"tail": 0.7, "curl": 0.8})
    rig.joint("tail.end", "tail.mid", (-0.05 * k, 0.13), drive={"tail_tip": 0.8, "curl": 0.9})
    rig.capsule("tail", "tail.mid", 0.055, 0.048, c.base)
    rig.capsule("tail.mid", "tail.end", 0.048, 0.030, c.base)


def _puff(rig: Rig, look: Look, f: Frame) -> None:
    rig.circle((-0.07, 0.02), 0.095 * look.traits.tail, look.colours.pale, on="tail")


def _stub(rig: Rig, look: Look, f: Frame) -> None:
    size = 0.07 if look.subject == "bear" else 0.045
    rig.circle(
        (-0.05, 0.0),
        size * look.traits.tail,
        look.colours.dark if look.subject == "bear" else look.colours.pale,
        on="tail",
    )


def _horse_tail(rig: Rig, look: Look, f: Frame) -> None:
    c, k = look.colours, look.traits.tail
    hair = mix(c.deep, INK, 0.35) if look.traits.hair % 3 else mix(c.pale, IVORY, 0.4)
    rig.joint("tail.mid", "tail", (-0.10, -0.04), drive={"tail": 0.6})
    rig.joint("tail.end", "tail.mid", (-0.04, -0.24 * k), drive={"tail_tip": 0.7})
    rig.capsule("tail", "tail.mid", 0.045, 0.055, hair)
    rig.capsule("tail.mid", "tail.end", 0.060, 0.028, hair)


TAILS = {
    "fox": _bushy,
    "cat": _long_tail,
    "dog": _up_tail,
    "rabbit": _puff,
    "bear": _stub,
    "deer": _stub,
    "horse": _horse_tail,
}
