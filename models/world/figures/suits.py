"""Those who are inside something: knight, astronaut and robot."""

from __future__ import annotations

from models.world.figures.anatomy import FACING, FLAT, ON_FACE, Anatomy, Look, draw_eyes
from models.world.figures.palette import INK, Colour, mix
from models.world.figures.rig import Rig
from models.world.figures.upright import Build, anchors, draw_arm, draw_coat, draw_leg, skeleton


def draw_knight(look: Look) -> Anatomy:
    """A knight in plate: great helm with a visor slit and a plume, shoulder plates, tabard of the accent colour."""
    t, c = look.traits, look.colours
    head = 0.150 * (1 + 0.4 * (t.head - 1))
    build = Build(look.leg, 0.62 - look.leg - 0.02, head, head * 1.05, 0.115 * t.girth, 0.055, 0.29, 0.048, 0.03)
    rig = skeleton(build)
    w, h = head, head * 1.05
    steel = mix(c.dark, (0.5, 0.5, 0.55), 0.25)
    draw_arm(rig, build, -1, c.base, steel)
    draw_leg(rig, build, -1, c.base, steel, 1.05)
    draw_leg(rig, build, 1, c.base, steel, 1.05)
    draw_coat(rig, build, c.base, 0.055, 0.118 * t.girth)
    rig.polygon(
        [(-0.012, -0.04), (0.078, -0.04), (0.070, build.torso - 0.08), (0.0, build.torso - 0.08)],
        c.accent,
        0.01,
        on="pelvis",
        shade=0.1,
        line=0.3,
        alpha={"one": 0.2, "sin": 1.6},
    )
    rig.capsule((-0.105, 0.035, 0), (0.105, 0.035, 0), 0.014, 0.014, steel, on="pelvis", line=0.2)
    for i, (x, y) in enumerate(((-0.30, 1.12), (-0.85, 0.95), (-1.25, 0.45))):
        rig.circle((x * w, y * h), w * (0.36 - 0.06 * i), c.accent, on="head", shift={"tail": (0.012 * i, 0.0)})
    rig.polygon(
        [
            (-0.80 * w, -0.72 * h),
            (0.80 * w, -0.72 * h),
            (0.86 * w, 0.25 * h),
            (0.50 * w, 0.80 * h),
            (-0.50 * w, 0.80 * h),
            (-0.86 * w, 0.25 * h),
        ],
        c.base,
        0.2 * w,
        on="head",
        thick=0.25 * w,
    )
    rig.capsule((0.62 * w, 0.10 * h, -0.62 * w), (0.62 * w, 0.10 * h, 0.62 * w), 0.165 * w, 0.165 * w, INK, **ON_FACE)
    draw_eyes(rig, "head", 0.66 * w, 0.10 * h, 0.36 * w * t.eye, 0.11 * w, colour=(1.0, 0.95, 0.75), glint=False)
    for z in (-0.3, 0.0, 0.3):
        rig.circle((0.78 * w, -0.40 * h, z * w), 0.06 * w, steel, **ON_FACE)
    rig.capsule((0.74 * w, 0.24 * h, 0), (0.62 * w, 0.95 * h, 0), 0.05 * w, 0.05 * w, steel, **ON_FACE)
    draw_arm(rig, build, 1, c.base, steel)
    rig.circle((0.0, 0.005), build.limb * 1.35, c.light, on="arm.near", line=0.8)
    return anchors(rig, build)


def draw_astronaut(look: Look) -> Anatomy:
    """An astronaut: round helmet with a dark visor, life-support pack, padded limbs with bands."""
    t, c = look.traits, look.colours
    head = 0.190 * (1 + 0.4 * (t.head - 1))
    build = Build(look.leg * 0.86, 0.60 - look.leg * 0.86 - 0.02, head, head, 0.125 * t.girth, 0.062, 0.27, 0.055, 0.0)
    rig = skeleton(build)
    w = head
    band = c.accent
    rig.polygon([(-0.20, -0.02), (-0.06, -0.02), (-0.06, 0.27), (-0.20, 0.27)], c.dark, 0.03, on="pelvis", thick=0.05)
    draw_arm(rig, build, -1, c.base, c.dark)
    draw_leg(rig, build, -1, c.base, c.dark, 1.05)
    draw_leg(rig, build, 1, c.base, c.dark, 1.05)
    draw_coat(rig, build, c.base, 0.03, 0.128 * t.girth)
    rig.polygon(
        [(0.005, 0.10), (0.085, 0.10), (0.085, 0.19), (0.005, 0.19)],
        c.light,
        0.012,
        on="pelvis",
        line=0.5,
        shade=0.1,
        alpha={"one": 0.1, "sin": 1.8},
    )
    rig.circle((0.028, 0.160), 0.014, band, on="pelvis", **FLAT, alpha={"one": 0.1, "sin": 1.8})
    rig.circle(
        (0.064, 0.130), 0.012, mix(band, (0.2, 0.6, 1.0), 0.6), on="pelvis", **FLAT, alpha={"one": 0.1, "sin": 1.8}
    )
    rig.circle((0, 0), w, c.base, on="head")
    visor = (0.13, 0.18, 0.34)
    rig.ellipse((0.30 * w, -0.02 * w), 0.76 * w, 0.66 * w, c.dark, **ON_FACE)
    rig.ellipse((0.34 * w, -0.02 * w), 0.68 * w, 0.58 * w, visor, on="head", alpha=FACING, shade=0.3, line=0.3)
    rig.capsule(
        (0.30 * w, 0.30 * w, 0.28 * w),
        (0.55 * w, 0.30 * w, -0.02 * w),
        0.085 * w,
        0.06 * w,
        (0.62, 0.80, 0.95),
        **ON_FACE,
    )
    draw_eyes(rig, "head", 0.55 * w, -0.08 * w, 0.30 * w * t.eye, 0.085 * w, colour=(0.85, 0.93, 1.0), glint=False)
    draw_arm(rig, build, 1, c.base, c.dark)
    rig.capsule((-0.038, -0.05), (0.038, -0.05), 0.012, 0.012, band, on="elbow.near", shade=0.1, line=0.2)
    return anchors(rig, build)


def _robot_head(rig: Rig, look: Look, build: Build, metal: Colour, light: Colour) -> None:
    """Antenna, a rounded box and the screen with its eyes."""
    t, c, w, h = look.traits, look.colours, build.head_wide, build.head_high
    rig.capsule((0, 0.9 * h), (-0.02, 0.9 * h + 0.085), 0.010, 0.010, metal, on="head", shift={"tail": (0.01, 0)})
    rig.circle((-0.02, 0.9 * h + 0.095), 0.028, light, on="head", glow=0.8, shift={"tail": (0.012, 0)})
    for z in (-1, 1):
        rig.capsule((0, 0, z * w * 0.95), (0, 0, z * w * 1.12), 0.045, 0.04, metal, on="head")
    rig.polygon(
        [(-0.78 * w, -0.62 * h), (0.78 * w, -0.62 * h), (0.78 * w, 0.66 * h), (-0.78 * w, 0.66 * h)],
        c.base,
        0.26 * w,
        on="head",
        thick=0.55 * w,
    )
    rig.polygon(
        [(0.62 * w, -0.42 * h, z * w) for z in (-0.55, 0.55)] + [(0.62 * w, 0.46 * h, z * w) for z in (0.55, -0.55)],
        (0.10, 0.13, 0.18),
        0.16 * w,
        on="head",
        alpha=FACING,
        shade=0.0,
        line=0.2,
    )
    draw_eyes(rig, "head", 0.62 * w, 0.08 * h, 0.36 * w * t.eye, 0.17 * w, colour=light, glint=False, glow=0.9)
    rig.capsule(
        (0.62 * w, -0.34 * h, -0.16 * w),
        (0.62 * w, -0.34 * h, 0.16 * w),
        0.035 * w,
        0.035 * w,
        light,
        on="head",
        alpha=FACING,
        glow=0.8,
        **FLAT,
    )


def draw_robot(look: Look) -> Anatomy:
    """A robot: rounded boxes, a screen for a face with glowing eyes, an antenna, jointed tube limbs."""
    t, c = look.traits, look.colours
    head = 0.170 * (1 + 0.5 * (t.head - 1))
    build = Build(look.leg, 0.58 - look.leg, head * 1.1, head * 0.92, 0.155 * t.girth, 0.075, 0.27, 0.042, 0.03)
    rig = skeleton(build)
    metal = mix(c.dark, (0.55, 0.58, 0.62), 0.35)
    light = mix(c.accent, (1, 1, 1), 0.25)
    draw_arm(rig, build, -1, metal, c.base)
    draw_leg(rig, build, -1, metal, c.base, 1.0)
    draw_leg(rig, build, 1, metal, c.base, 1.0)
    top = build.torso
    rig.capsule("chest", (0, 0.05), 0.045, 0.045, metal, on="chest")
    rig.polygon(
        [(-0.115, -0.02), (0.115, -0.02), (0.135, top - 0.04), (-0.135, top - 0.04)],
        c.base,
        0.05,
        on="pelvis",
        thick=0.02,
        shift={"breathe": (0, 0.003)},
    )
    rig.polygon(
        [(-0.02, 0.06), (0.10, 0.06), (0.10, 0.15), (-0.02, 0.15)],
        c.light,
        0.015,
        on="pelvis",
        shade=0.0,
        line=0.5,
        alpha={"one": 0.1, "sin": 1.8},
    )
    for i in range(3):
        rig.circle(
            (0.0 + 0.04 * i, 0.105),
            0.014,
            light if i == t.marking % 3 else c.deep,
            on="pelvis",
            **FLAT,
            glow=0.8 if i == t.marking % 3 else 0.0,
            alpha={"one": 0.1, "sin": 1.8},
        )
    _robot_head(rig, look, build, metal, light)
    draw_arm(rig, build, 1, metal, c.base)
    rig.circle((0, 0), 0.05, c.light, on="arm.near", line=0.8)
    return anchors(rig, build)
