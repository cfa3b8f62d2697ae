"""Four-legged animals: fox, cat, dog, rabbit, bear, deer and horse share a skeleton and differ in a table."""

from __future__ import annotations

from models.world.figures.anatomy import FACING, FLAT, ON_FACE, Anatomy, Anchor, Look, draw_cheeks, draw_eyes
from models.world.figures.coats import (
    FRAMES,
    TAILS,
    Frame,
    curled,
    draw_both_ears,
    draw_face_marks,
    draw_mane,
    draw_markings,
)
from models.world.figures.palette import INK, IVORY, Colour, Palette, mix
from models.world.figures.rig import Rig


def skeleton(look: Look, f: Frame) -> tuple[Rig, float]:
    """The common skeleton; also the height of the middle of the body."""
    t = look.traits
    rig = Rig(0.12, 0.62)
    trunk = f.trunk * (1 + 0.8 * (t.length - 1))
    level = look.leg + f.chest * 0.55
    low = f.chest * 0.92
    rig.joint(
        "body",
        "root",
        (0, level),
        drive={"pitch": 1.0},
        shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, low - level), "sit": (0, -0.1)},
    )
    rig.joint("hip", "body", (-trunk / 2, 0), shift={"breathe": (0, 0.002), "curl": (0.28 * trunk, 0)})
    rig.joint("chest", "body", (trunk / 2, 0.01), shift={"breathe": (0.002, 0.006), "curl": (-0.10 * trunk, 0)})
    rig.joint("neck", "chest", (f.chest * 0.25, f.chest * 0.40), drive={"nod": 0.55, "pitch": -0.6, "curl": -1.05})
    rig.joint("head", "neck", (f.neck_x, f.neck_y), drive={"nod": 0.45, "curl": 0.75}, head=True)
    rig.joint("tail", "hip", (-f.rump * 0.80, f.rump * 0.35), drive={"tail": 0.6, "curl": 0.40})
    for name, x, bend, slots, ahead in (
        ("fore", trunk / 2 - 0.02, 1.0, (0, 1), 0.16),
        ("hind", -trunk / 2 + 0.0, -1.0, (2, 3), 0.14),
    ):
        for side, slot in zip((1, -1), slots, strict=True):
            z = side * (f.chest * 0.50)
            leg = f"{name}.{'near' if side > 0 else 'far'}"
            rig.joint(f"{leg}.hip", "body", (x, -f.chest * 0.25, z), shift={"curl": (curled(x, trunk), 0)})
            foot = (x + side * 0.012 + (0.012 if name == "fore" else -0.02), f.paw * 0.5, z)
            reach = level - f.chest * 0.25 - f.paw * 0.5
            rig.leg(
                leg,
                f"{leg}.hip",
                foot,
                reach * 0.53,
                reach * 0.53,
                slot,
                bend=bend,
                shift={"curl": (ahead, 0.0), "drift": (-0.03 if bend > 0 else -0.06, 0.03)},
            )
    return rig, level


def draw_leg(rig: Rig, f: Frame, name: str, side: int, upper: Colour, lower: Colour, haunch: float) -> None:
    leg = f"{name}.{'near' if side > 0 else 'far'}"
    rig.capsule(f"{leg}.knee", f"{leg}.foot", f.leg_r * 0.92, f.leg_r * 0.82, lower, key=f"{name}.shin", side=side)
    rig.capsule(
        (-0.01, 0),
        (f.paw * 0.75, -f.paw * 0.05),
        f.paw * 0.55,
        f.paw * 0.48,
        lower,
        on=f"{leg}.foot",
        key=f"{name}.paw",
        side=side,
    )
    rig.capsule(f"{leg}.hip", f"{leg}.knee", haunch, f.leg_r * 0.98, upper, key=f"{name}.thigh", side=side, line=0.6)


def draw_head(
    rig: Rig,
    look: Look,
    f: Frame,
    muzzle: Colour,
    nose: Colour,
    drop: float,
    eye: float,
    cheek: bool = True,
    patch: Colour | None = None,
) -> float:
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
        rig.capsule(
            (tip_x - f.muzzle_r * 0.15, tip_y, 0),
            (tip_x, tip_y, 0),
            f.muzzle_r * 0.86,
            f.muzzle_r * 0.84,
            muzzle,
            on="head",
            shade=0.1,
            line=0.0,
            alpha=FACING,
        )
    rig.circle(
        (tip_x + f.muzzle_r * 0.62, tip_y + f.muzzle_r * 0.42, 0),
        f.muzzle_r * 0.44,
        nose,
        on="head",
        shade=0.3,
        line=0.0,
        alpha=FACING,
    )
    m, tint = f.muzzle_r, mix(nose, muzzle, 0.25)
    chin, corner = (tip_x - 0.35 * m, tip_y - 0.60 * m, 0.55 * m), (tip_x - 1.05 * m, tip_y - 0.30 * m, 0.85 * m)
    for a, b in (((tip_x + 0.35 * m, tip_y - 0.36 * m, 0.25 * m), chin), (chin, corner)):
        rig.capsule(a, b, 0.095 * m, 0.08 * m, tint, **ON_FACE, shift={"mouth": (0, -0.008)})
    if patch is not None:
        spot = (r * 0.62, r * 0.14, r * 0.50) if look.subject != "horse" else (r * 0.86, r * 0.30, 0.0)
        rig.circle(
            spot, r * 0.34 if look.subject != "horse" else r * 0.20, patch, on="head", alpha=FACING, shade=0.1, line=0.0
        )
    draw_eyes(rig, "head", r * 0.60, r * 0.16, r * 0.50 * t.eye, r * eye, coat=look.colours.base)
    if cheek:
        draw_cheeks(
            rig, "head", r * 0.50, -r * 0.20, r * 0.60, r * 0.15, mix(look.colours.pale, (0.95, 0.40, 0.38), 0.5)
        )
    return r


def draw_trunk(rig: Rig, f: Frame, c: Palette, girth: float, belly: Colour | None) -> None:
    """The body with its lighter belly, and the neck."""
    g = 1 + 0.6 * (girth - 1)
    rig.capsule("hip", "chest", {"one": f.rump * g, "curl": 0.03}, {"one": f.chest * g, "curl": 0.02}, c.base)
    if belly is not None:
        rig.capsule(
            (0.02, -f.rump * g * 0.62),
            (0.0, -f.chest * g * 0.55),
            f.rump * g * 0.30,
            f.chest * g * 0.40,
            belly,
            on="hip",
            to="chest",
            **FLAT,
            soft=0.035,
        )
    rig.capsule((0.0, -0.01), (0, 0), f.neck_r * 1.25, f.neck_r, c.base, on="neck", to="head", line=0.7)


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
    TAILS[look.subject](rig, look, f)
    for name in ("fore", "hind"):
        draw_leg(rig, f, name, -1, c.base, sock, f.leg_r * (1.25 if name == "fore" else 1.75))
    draw_both_ears(rig, look, f, -1)
    draw_trunk(rig, f, c, t.girth, belly)
    if look.subject not in ("deer", "horse") or t.marking % 5 != 4:
        draw_markings(rig, look, f)
    for name in ("hind", "fore"):
        draw_leg(rig, f, name, 1, c.base, sock, f.leg_r * (1.25 if name == "fore" else 1.75))
    if look.subject == "fox":
        rig.capsule(
            (f.chest * 0.45, -0.06),
            (f.neck_x * 0.80, f.neck_y * 0.25),
            0.075,
            0.06,
            IVORY if c.base[2] < 0.9 else c.pale,
            on="neck",
            shade=0.1,
            line=0.0,
        )
    if look.subject == "horse":
        draw_mane(rig, look, f)
    drop = {"fox": 0.34, "cat": 0.30, "rabbit": 0.30, "deer": 0.40, "horse": 0.75, "bear": 0.26}.get(look.subject, 0.32)
    eye = {"rabbit": 0.17, "cat": 0.19, "deer": 0.20, "horse": 0.17, "bear": 0.115}.get(look.subject, 0.155)
    nose = mix((0.90, 0.50, 0.52), c.deep, 0.15) if look.subject in ("cat", "rabbit") else INK
    patch = None
    if look.subject in ("dog", "cat", "rabbit", "horse") and t.accent % 2:
        patch = mix(c.pale, IVORY, 0.4) if look.subject == "horse" else mix(c.base, c.deep, 0.6)
    r = draw_head(rig, look, f, paler, nose, drop, eye, look.subject not in ("deer", "horse"), patch)
    draw_both_ears(rig, look, f, 1)
    draw_face_marks(rig, look, f, r)
    return _anchors(rig, f, r, drop)
