"""Four-legged animals: fox, cat, dog, rabbit, bear, deer and horse share a skeleton and differ in a table."""

from __future__ import annotations

from dataclasses import dataclass

from models.world.figures.anatomy import FACING, Anatomy, Anchor, Look, draw_cheeks, draw_eyes
from models.world.figures.palette import INK, IVORY, Colour, Palette, mix
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


def skeleton(look: Look, f: Frame) -> tuple[Rig, float]:
    """The common skeleton; also the height of the middle of the body."""
    t = look.traits
    rig = Rig(0.12, 0.62)
    trunk = f.trunk * (1 + 0.8 * (t.length - 1))
    level = look.leg + f.chest * 0.55
    low = f.chest * 0.92
    rig.joint("body", "root", (0, level), drive={"pitch": 1.0},
              shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, low - level), "sit": (0, -0.1)})  # fmt: skip
    rig.joint("hip", "body", (-trunk / 2, 0), shift={"breathe": (0, 0.002), "curl": (0.28 * trunk, 0)})
    rig.joint("chest", "body", (trunk / 2, 0.01), shift={"breathe": (0.002, 0.006), "curl": (-0.10 * trunk, 0)})
    rig.joint("neck", "chest", (f.chest * 0.25, f.chest * 0.40), drive={"nod": 0.55, "pitch": -0.6, "curl": -1.05})
    rig.joint("head", "neck", (f.neck_x, f.neck_y), drive={"nod": 0.45, "curl": 0.75}, head=True)
    rig.joint("tail", "hip", (-f.rump * 0.80, f.rump * 0.35), drive={"tail": 0.6, "curl": 0.40})
    for name, x, bend, slots, ahead in (("fore", trunk / 2 - 0.02, 1.0, (0, 1), 0.16), ("hind", -trunk / 2 + 0.0, -1.0, (2, 3), 0.14)):  # noqa: E501
        for side, slot in zip((1, -1), slots, strict=True):
            z = side * (f.chest * 0.50)
            leg = f"{name}.{'near' if side > 0 else 'far'}"
            rig.joint(f"{leg}.hip", "body", (x, -f.chest * 0.25, z), shift={"curl": (_curled(x, trunk), 0)})
            foot = (x + side * 0.012 + (0.012 if name == "fore" else -0.02), f.paw * 0.5, z)
            reach = level - f.chest * 0.25 - f.paw * 0.5
            rig.leg(leg, f"{leg}.hip", foot, reach * 0.53, reach * 0.53, slot, bend=bend,
                    shift={"curl": (ahead, 0.0), "drift": (-0.03 if bend > 0 else -0.06, 0.03)})  # fmt: skip
    return rig, level


def _curled(x: float, trunk: float) -> float:
    """How far a spot of the body at ``x`` moves when the sleeping body curls up to three fifths of its length."""
    return -0.38 * x + 0.09 * trunk


def draw_leg(rig: Rig, f: Frame, name: str, side: int, upper: Colour, lower: Colour, haunch: float) -> None:
    leg = f"{name}.{'near' if side > 0 else 'far'}"
    rig.capsule(f"{leg}.knee", f"{leg}.foot", f.leg_r * 0.92, f.leg_r * 0.82, lower, key=f"{name}.shin", side=side)
    rig.capsule((-0.01, 0), (f.paw * 0.75, -f.paw * 0.05), f.paw * 0.55, f.paw * 0.48, lower, on=f"{leg}.foot",
                key=f"{name}.paw", side=side)  # fmt: skip
    rig.capsule(f"{leg}.hip", f"{leg}.knee", haunch, f.leg_r * 0.98, upper, key=f"{name}.thigh", side=side, line=0.6)


def draw_ears(rig: Rig, head: float, side: int, outer: Colour, inner: Colour, tall: float, wide: float, tip: Colour | None,
              lean: float = 0.0) -> None:  # fmt: skip
    """A pointed ear on one side of the head."""
    x, y, z = -0.12 * head, 0.62 * head, side * 0.52 * head
    top = (x - lean * tall, y + tall, z * 1.25)
    name = f"ear.{'near' if side > 0 else 'far'}"
    rig.joint(name, "head", (x, y, z), drive={"ear": 0.5 * side, "curl": 0.25})
    tx, ty, tz = top[0] - x, top[1] - y, top[2] - z
    rig.polygon([(-wide * 0.75, -0.12 * head, 0), (wide * 0.75, -0.12 * head, 0), (tx, ty, tz)], outer, 0.018, on=name,
                thick=wide * 0.25)  # fmt: skip
    if tip is not None:
        rig.polygon([(tx * 0.62 - wide * 0.26, ty * 0.60, tz * 0.6), (tx * 0.62 + wide * 0.26, ty * 0.60, tz * 0.6),
                     (tx, ty, tz)], tip, 0.018, on=name, shade=0.0, line=0.0, thick=wide * 0.1)  # fmt: skip
    rig.polygon([(-wide * 0.30, 0.05 * head, 0.02), (wide * 0.45, 0.05 * head, 0.02), (tx * 0.6, ty * 0.58, tz * 0.6 + 0.01)],
                inner, 0.008, on=name, shade=0.0, line=0.0, alpha={"one": 0.0, "head_sin": 2.0})  # fmt: skip


def draw_head(rig: Rig, look: Look, f: Frame, muzzle: Colour, nose: Colour, drop: float, eye: float, cheek: bool = True,
              patch: Colour | None = None) -> float:  # fmt: skip
    """Head, muzzle, nose, mouth and eyes; returns the head's radius."""
    t = look.traits
    r = f.head * (1 + 0.7 * (t.head - 1))
    tip_x, tip_y = r * 0.45 + f.muzzle, -r * drop
    long = look.subject in ("horse", "deer")
    root = (r * 0.20, -r * 0.12, 0) if long else (r * 0.42, -r * drop * 0.9, 0)
    face = look.colours.base if long else muzzle
    wide = f.head * 0.72 if long else f.muzzle_r * 1.18
    rig.capsule(root, (tip_x, tip_y, 0), wide, f.muzzle_r * 0.85, face, on="head", shade=0.2)
    rig.ellipse((0, 0), r * 1.0, r * 0.94, look.colours.base, on="head")
    rig.capsule(root, (tip_x, tip_y, 0), wide, f.muzzle_r * 0.85, face, on="head", shade=0.2, line=0.0, alpha=FACING)
    if long:
        rig.capsule((tip_x - f.muzzle_r * 0.15, tip_y, 0), (tip_x, tip_y, 0), f.muzzle_r * 0.86, f.muzzle_r * 0.84, muzzle, on="head", shade=0.1,
                    line=0.0, alpha=FACING)  # fmt: skip
    rig.circle((tip_x + f.muzzle_r * 0.62, tip_y + f.muzzle_r * 0.42, 0), f.muzzle_r * 0.44, nose, on="head", shade=0.3, line=0.0,
               alpha=FACING)  # fmt: skip
    m, tint = f.muzzle_r, mix(nose, muzzle, 0.25)
    chin, corner = (tip_x - 0.35 * m, tip_y - 0.60 * m, 0.55 * m), (tip_x - 1.05 * m, tip_y - 0.30 * m, 0.85 * m)
    for a, b in (((tip_x + 0.35 * m, tip_y - 0.36 * m, 0.25 * m), chin), (chin, corner)):
        rig.capsule(a, b, 0.095 * m, 0.08 * m, tint, on="head", shade=0.0, line=0.0, alpha=FACING, shift={"mouth": (0, -0.008)})
    if patch is not None:
        spot = (r * 0.62, r * 0.14, r * 0.50) if look.subject != "horse" else (r * 0.86, r * 0.30, 0.0)
        rig.circle(spot, r * 0.34 if look.subject != "horse" else r * 0.20, patch, on="head", alpha=FACING, shade=0.1, line=0.0)
    draw_eyes(rig, "head", r * 0.60, r * 0.16, r * 0.50 * t.eye, r * eye, coat=look.colours.base)
    if cheek:
        draw_cheeks(rig, "head", r * 0.50, -r * 0.20, r * 0.60, r * 0.15, mix(look.colours.pale, (0.95, 0.40, 0.38), 0.5))
    return r


def draw_trunk(rig: Rig, f: Frame, c: Palette, girth: float, belly: Colour | None) -> None:
    """The body with its lighter belly, and the neck."""
    g = 1 + 0.6 * (girth - 1)
    rig.capsule("hip", "chest", {"one": f.rump * g, "curl": 0.03}, {"one": f.chest * g, "curl": 0.02}, c.base)
    if belly is not None:
        rig.capsule((0.02, -f.rump * g * 0.62), (0.0, -f.chest * g * 0.55), f.rump * g * 0.30, f.chest * g * 0.40, belly, on="hip", to="chest",
                    shade=0.0, line=0.0, soft=0.035)  # fmt: skip
    rig.capsule((0.0, -0.01), (0, 0), f.neck_r * 1.25, f.neck_r, c.base, on="neck", to="head", line=0.7)


def draw_markings(rig: Rig, look: Look, f: Frame) -> None:
    """Patches, stripes or spots on the back and flank by identity; one of six kinds leaves the coat plain."""
    t, c = look.traits, look.colours
    kind = t.marking % 5
    tint = mix(c.base, c.deep, 0.55) if sum(c.base) > 0.7 else mix(c.base, c.light, 0.8)
    half = f.trunk / 2

    def along(x: float) -> dict[str, tuple[float, float]]:
        return {"curl": (_curled(x, f.trunk), 0.0)}

    if kind == 1:
        for i in range(3):
            x = half * (0.55 - 0.55 * i)
            rig.capsule((x, f.chest * 0.85, 0.3 * f.chest), (x - 0.02, f.chest * 0.15, 0.8 * f.chest), 0.020, 0.008, tint,
                        on="body", shade=0.0, line=0.0, shift=along(x))  # fmt: skip
    elif kind == 2:
        for i, (u, v) in enumerate(((0.6, 0.35), (0.1, 0.55), (-0.4, 0.30), (-0.85, 0.55))):
            rig.circle((half * u, f.chest * v, f.chest * 0.5), 0.020 + 0.004 * (i % 2), tint, on="body", shade=0.0, line=0.0,
                       shift=along(half * u))  # fmt: skip
    elif kind == 3:
        x = half * (0.1 * (t.style % 8) - 0.5)
        rig.ellipse((x, f.chest * 0.22, f.chest * 0.3), 0.125, f.chest * 0.58, tint, on="body", shade=0.0, line=0.0, shift=along(x))
    elif kind == 4:
        rig.capsule((-0.06, f.rump * 0.70), (0.0, f.chest * 0.72), 0.032, 0.026, tint, on="hip", to="chest", shade=0.0, line=0.0)


def _anchors(rig: Rig, f: Frame, r: float, drop: float) -> Anatomy:
    return Anatomy(
        rig,
        top=Anchor("head", -0.02 * r, r * 0.80, max(r * 0.78, 0.14)),
        eyes=Anchor("head", r * 0.66, r * 0.16, r * 0.50),
        neck=Anchor("neck", f.neck_x * 0.42, f.neck_y * 0.34, f.neck_r * 1.12),
        back=Anchor("body", f.trunk * 0.30, f.chest * 0.92, f.trunk * 0.80),
        hold=Anchor("head", r * 0.45 + f.muzzle + f.muzzle_r * 0.3, -r * drop - f.muzzle_r * 0.75, 0.95),
        upright=False,
    )


def draw_quadruped(look: Look) -> Anatomy:
    """Any of the seven, by ``look.subject``."""
    f, c, t = FRAMES[look.subject], look.colours, look.traits
    rig, _ = skeleton(look, f)
    sock = mix(c.base, c.deep, 0.75) if look.subject in ("fox", "horse") or t.marking % 3 == 0 else c.dark
    belly: Colour | None = mix(c.base, c.pale, 0.60) if look.subject != "horse" else None
    paler = mix(c.pale, IVORY, 0.45) if look.subject in ("fox", "deer") else mix(c.base, c.pale, 0.72)
    _TAILS[look.subject](rig, look, f)
    for name in ("fore", "hind"):
        draw_leg(rig, f, name, -1, c.base, sock, f.leg_r * (1.25 if name == "fore" else 1.75))
    _draw_ears(rig, look, f, -1)
    draw_trunk(rig, f, c, t.girth, belly)
    if look.subject not in ("deer", "horse") or t.marking % 5 != 4:
        draw_markings(rig, look, f)
    for name in ("hind", "fore"):
        draw_leg(rig, f, name, 1, c.base, sock, f.leg_r * (1.25 if name == "fore" else 1.75))
    if look.subject == "fox":
        rig.capsule((f.chest * 0.45, -0.06), (f.neck_x * 0.80, f.neck_y * 0.25), 0.075, 0.06, IVORY if c.base[2] < 0.9 else c.pale, on="neck",
                    shade=0.1, line=0.0)  # fmt: skip
    if look.subject == "horse":
        _draw_mane(rig, look, f)
    drop = {"fox": 0.34, "cat": 0.30, "rabbit": 0.30, "deer": 0.40, "horse": 0.75, "bear": 0.26}.get(look.subject, 0.32)
    eye = {"rabbit": 0.17, "cat": 0.19, "deer": 0.20, "horse": 0.17, "bear": 0.115}.get(look.subject, 0.155)
    nose = mix((0.90, 0.50, 0.52), c.deep, 0.15) if look.subject in ("cat", "rabbit") else INK
    patch = None
    if look.subject in ("dog", "cat", "rabbit", "horse") and t.accent % 2:
        patch = mix(c.pale, IVORY, 0.4) if look.subject == "horse" else mix(c.base, c.deep, 0.6)
    r = draw_head(rig, look, f, paler, nose, drop, eye, look.subject not in ("deer", "horse"), patch)
    _draw_ears(rig, look, f, 1)
    _draw_face_marks(rig, look, f, r)
    return _anchors(rig, f, r, drop)


def _draw_face_marks(rig: Rig, look: Look, f: Frame, r: float) -> None:
    c, t = look.colours, look.traits
    front = {"one": 0.0, "head_sin": 2.2}
    if look.subject == "cat":
        for side in (-1, 1):
            for lift in (-0.02, 0.03):
                rig.capsule((r * 0.62, -r * 0.28, side * r * 0.42), (r * 0.60, -r * 0.30 + lift * 1.6, side * r * 1.12), 0.006, 0.004, c.pale, on="head",
                            shade=0.0, line=0.0, alpha=front)  # fmt: skip
    if look.subject == "deer":
        for i in range(4):
            rig.circle((-0.17 + 0.09 * i, 0.055 - 0.03 * (i % 2), 0.1), 0.014, mix(c.pale, IVORY, 0.4), on="body", shade=0.0, line=0.0,
                       shift={"curl": (_curled(-0.17 + 0.09 * i, f.trunk), 0.0)})  # fmt: skip
        horn = mix((0.72, 0.58, 0.40), c.deep, 0.15)
        for side in (-1, 1):
            root, tip = (-0.02, r * 0.8, side * 0.05), (-0.07, r * 0.8 + 0.16 * t.ear, side * 0.14)
            rig.capsule(root, tip, 0.018, 0.012, horn, on="head")
            mid = tuple(a + (b - a) * 0.5 for a, b in zip(root, tip, strict=True))
            rig.capsule(mid, (mid[0] + 0.075, mid[1] + 0.065, mid[2] + side * 0.02), 0.014, 0.010, horn, on="head")


def _draw_ears(rig: Rig, look: Look, f: Frame, side: int) -> None:
    c, t, subject = look.colours, look.traits, look.subject
    r = f.head * (1 + 0.7 * (t.head - 1))
    pink = mix((0.96, 0.66, 0.64), c.base, 0.25)
    if subject in ("fox", "cat"):
        tall = r * (0.92 if subject == "fox" else 0.74) * t.ear
        draw_ears(rig, r, side, c.base, c.deep if subject == "fox" else pink, tall, r * 0.48, mix(c.deep, INK, 0.6) if subject == "fox" else None, 0.05)
        return
    name = f"ear.{'near' if side > 0 else 'far'}"
    z = side * r * 0.55
    if subject == "rabbit":
        rig.joint(name, "head", (-0.10 * r, 0.72 * r, z * 0.62), angle=0.18 + 0.06 * side, drive={"ear": 0.6, "curl": 0.9, "effort": 0.5})
        tall = 1.50 * r * t.ear
        rig.capsule((0, 0, 0), (0, tall * 0.85, side * 0.05), r * 0.21, r * 0.20, c.base, on=name)
        rig.capsule((0.02, 0.18 * r, 0.02), (0.02, tall * 0.80, side * 0.05), r * 0.10, r * 0.10, pink, on=name, shade=0.0, line=0.0,
                    alpha={"one": 0.0, "head_sin": 2.2})  # fmt: skip
    elif subject == "dog":
        rig.joint(name, "head", (-0.12 * r, 0.52 * r, z * 1.35), angle=-0.25, drive={"ear": 0.6, "effort": -0.6, "nod": -0.3})
        tall = r * 1.0 * t.ear
        rig.capsule((0, 0, 0), (-0.16 * r, -tall * 0.8, side * 0.015), r * 0.22, r * 0.30, c.dark, on=name)
    elif subject == "bear":
        rig.circle((-0.22 * r, 0.72 * r, z * 1.15), r * 0.32 * t.ear, c.base, on="head")
        rig.circle((-0.16 * r, 0.74 * r, z * 1.15), r * 0.17 * t.ear, mix(c.base, c.pale, 0.45), on="head", shade=0.0, line=0.0,
                   alpha={"one": 0.0, "head_sin": 2.2})  # fmt: skip
    else:
        rig.joint(name, "head", (-0.35 * r, 0.60 * r, z), drive={"ear": 0.6})
        tip = (-0.40 * r, 0.80 * r * t.ear, side * 0.10) if subject == "deer" else (-0.05 * r, 0.95 * r * t.ear, side * 0.02)
        rig.capsule((0, 0, 0), tip, r * 0.26, r * 0.10, c.base, on=name)
        rig.capsule((0.02, 0.02, 0), (tip[0] * 0.8, tip[1] * 0.8, tip[2] * 0.8), r * 0.13, r * 0.05, pink, on=name, shade=0.0, line=0.0,
                    alpha={"one": 0.0, "head_sin": 2.0})  # fmt: skip


def _draw_mane(rig: Rig, look: Look, f: Frame) -> None:
    c = look.colours
    hair = mix(c.deep, INK, 0.35) if look.traits.hair % 3 else mix(c.pale, IVORY, 0.4)
    for share, size in ((0.12, 0.062), (0.45, 0.062), (0.80, 0.056)):
        x, y = f.neck_x * share - f.neck_r * 0.75, f.neck_y * share + f.neck_r * 0.35
        rig.capsule((x, y, 0.02), (x - 0.055, y - 0.10, 0.04), size, size * 0.5, hair, on="neck", shade=0.2, line=0.4, shift={"tail": (-0.012, 0.004)})
    rig.capsule((-0.02, f.head * 0.90, 0), (f.head * 0.55, f.head * 0.62, 0), 0.045, 0.022, hair, on="head", shade=0.2, line=0.3)


def _bushy(rig: Rig, look: Look, f: Frame) -> None:
    c, k = look.colours, look.traits.tail
    rig.joint("tail.mid", "tail", (-0.17 * k, -0.02), drive={"tail": 0.5, "tail_tip": 0.3, "curl": -0.15})
    rig.joint("tail.end", "tail.mid", (-0.20 * k, 0.05), drive={"tail_tip": 0.7, "curl": -0.30})
    rig.capsule("tail", "tail.mid", 0.055, 0.105, c.base)
    rig.capsule("tail.mid", "tail.end", 0.110, 0.092, c.base)
    rig.capsule((-0.005, 0.002), (-0.095 * k, 0.045), 0.086, 0.030, IVORY if c.base[2] < 0.9 else c.dark, on="tail.end", shade=0.2)


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
    rig.circle((-0.05, 0.0), size * look.traits.tail, look.colours.dark if look.subject == "bear" else look.colours.pale, on="tail")


def _horse_tail(rig: Rig, look: Look, f: Frame) -> None:
    c, k = look.colours, look.traits.tail
    hair = mix(c.deep, INK, 0.35) if look.traits.hair % 3 else mix(c.pale, IVORY, 0.4)
    rig.joint("tail.mid", "tail", (-0.10, -0.04), drive={"tail": 0.6})
    rig.joint("tail.end", "tail.mid", (-0.04, -0.24 * k), drive={"tail_tip": 0.7})
    rig.capsule("tail", "tail.mid", 0.045, 0.055, hair)
    rig.capsule("tail.mid", "tail.end", 0.060, 0.028, hair)


_TAILS = {
    "fox": _bushy, "cat": _long_tail, "dog": _up_tail, "rabbit": _puff, "bear": _stub, "deer": _stub, "horse": _horse_tail,
}  # fmt: skip
