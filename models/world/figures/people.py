"""Child, woman and man."""

from __future__ import annotations

from models.world.figures.anatomy import FACING, FLAT, Anatomy, Look
from models.world.figures.palette import mix
from models.world.figures.upright import (
    Build,
    anchors,
    draw_arm,
    draw_coat,
    draw_face,
    draw_fringe,
    draw_hood,
    draw_leg,
    draw_skull,
    skeleton,
)


def draw_child(look: Look) -> Anatomy:
    """A child in a hooded raincoat: big head, short legs, a fringe and perhaps plaits under the hood."""
    t, c = look.traits, look.colours
    head = 0.195 * (1 + 0.5 * (t.head - 1))
    build = Build(look.leg, 0.56 - look.leg - 0.03, head, head * 1.02, 0.095 * t.girth, 0.052, 0.235, 0.040, 0.01)
    rig = skeleton(build)
    w, h, hair, style = head, head * 1.02, c.hair, t.style % 4
    draw_arm(rig, build, -1, c.base, c.skin)
    draw_leg(rig, build, -1, mix(c.base, c.dark, 0.5), c.deep)
    draw_leg(rig, build, 1, mix(c.base, c.dark, 0.5), c.deep)
    draw_coat(rig, build, c.base, 0.075, 0.125 * t.girth)
    rig.capsule(
        (0.03, -0.03, 0.0),
        (0.035, build.torso - 0.06, 0.0),
        0.006,
        0.006,
        c.deep,
        on="pelvis",
        **FLAT,
        alpha={"one": 0.2, "sin": 1.6},
    )
    draw_hood(rig, build, look)
    draw_face(rig, build, look, head * 0.150, ear=False)
    draw_fringe(rig, build, hair, t.style)
    if style % 2:
        for z in (-1.0, 1.0):
            rig.capsule(
                (0.30 * w, -0.50 * h, z * w * 0.72),
                (0.22 * w, -1.02 * h, z * w * 0.86),
                w * 0.17,
                w * 0.10,
                hair,
                on="head",
                shift={"tail": (0.02, 0)},
                alpha=FACING,
            )
    rig.capsule((-0.02, 0.0, 0), (0.035, -0.005, 0), 0.052, 0.048, c.light, on="chest", line=0.6)
    draw_arm(rig, build, 1, mix(c.base, c.light, 0.35), c.skin)
    return anchors(rig, build)


def draw_woman(look: Look) -> Anatomy:
    """A woman in a long flared dress; hair loose, in a bun or in a plait."""
    t, c = look.traits, look.colours
    head = 0.145 * (1 + 0.5 * (t.head - 1))
    build = Build(look.leg, 0.635 - look.leg - 0.02, head, head * 1.06, 0.083 * t.girth, 0.04, 0.29, 0.034, 0.03)
    rig = skeleton(build)
    w, h, hair, style = head, head * 1.06, c.hair, t.style % 3
    if style == 0:
        rig.capsule(
            (-0.30 * w, -0.1 * h),
            (-0.55 * w, -1.35 * h),
            w * 0.85,
            w * 0.42,
            hair,
            on="head",
            shift={"tail": (0.012, 0)},
        )
    draw_arm(rig, build, -1, c.base, c.skin)
    draw_leg(rig, build, -1, c.deep, c.deep, 0.9)
    draw_leg(rig, build, 1, c.deep, c.deep, 0.9)
    draw_coat(rig, build, c.base, 0.185, 0.150 * t.girth)
    rig.capsule((-0.068, 0.07, 0), (0.075, 0.07, 0), 0.018, 0.018, c.dark, on="pelvis", line=0.0, shade=0.0)
    rig.capsule("chest", (0.0, 0.05), 0.034, 0.032, c.skin, on="chest", line=0.4)
    draw_skull(rig, build, look, 1.0)
    if style == 1:
        rig.circle((-0.35 * w, 1.10 * h), w * 0.42, hair, on="head")
    draw_face(rig, build, look, head * 0.145)
    draw_fringe(rig, build, hair, t.style)
    if style == 2:
        rig.capsule(
            (-0.75 * w, -0.25 * h, 0.5 * w),
            (-0.6 * w, -1.5 * h, 0.75 * w),
            w * 0.28,
            w * 0.15,
            hair,
            on="head",
            shift={"tail": (0.015, 0)},
        )
    draw_arm(rig, build, 1, mix(c.base, c.light, 0.35), c.skin)
    return anchors(rig, build)


def draw_man(look: Look) -> Anatomy:
    """A broad-shouldered man in jacket and trousers; clean-shaven, with a moustache or a beard."""
    t, c = look.traits, look.colours
    head = 0.142 * (1 + 0.5 * (t.head - 1))
    build = Build(look.leg, 0.645 - look.leg - 0.02, head, head * 1.06, 0.112 * t.girth, 0.052, 0.31, 0.043, 0.025)
    rig = skeleton(build)
    w, h, hair, style = head, head * 1.06, c.hair, t.style % 3
    draw_arm(rig, build, -1, c.base, c.skin)
    draw_leg(rig, build, -1, mix(c.base, c.dark, 0.6), c.deep)
    draw_leg(rig, build, 1, mix(c.base, c.dark, 0.6), c.deep)
    draw_coat(rig, build, c.base, 0.05, 0.112 * t.girth)
    rig.capsule(
        (0.035, -0.05, 0),
        (0.04, build.torso - 0.06, 0),
        0.005,
        0.005,
        c.deep,
        on="pelvis",
        **FLAT,
        alpha={"one": 0.2, "sin": 1.6},
    )
    rig.capsule("chest", (0.0, 0.05), 0.040, 0.038, c.skin, on="chest", line=0.4)
    draw_skull(rig, build, look, 0.86)
    draw_face(rig, build, look, head * 0.13)
    if style == 1:
        for z in (-0.32, 0.32):
            rig.capsule(
                (w * 0.82, -h * 0.33, 0),
                (w * 0.70, -h * 0.38, z * w),
                w * 0.09,
                w * 0.05,
                hair,
                on="head",
                alpha=FACING,
                shade=0.1,
                line=0.0,
            )
    elif style == 2:
        rig.capsule(
            (w * 0.42, -h * 0.72, w * 0.42),
            (w * 0.42, -h * 0.72, -w * 0.42),
            w * 0.30,
            w * 0.30,
            hair,
            on="head",
            alpha=FACING,
            shade=0.2,
            line=0.4,
        )
    draw_fringe(rig, build, hair, 0 if t.style % 2 else 1)
    draw_arm(rig, build, 1, mix(c.base, c.light, 0.35), c.skin)
    return anchors(rig, build)
