"""Upright bodies: child, woman, man, knight, astronaut and robot."""

from __future__ import annotations

from dataclasses import dataclass

from models.world.figures.anatomy import FACING, Anatomy, Anchor, Look, draw_cheeks, draw_eyes, draw_smile
from models.world.figures.palette import INK, Colour, mix
from models.world.figures.rig import Rig

BODY_VIEW, HEAD_VIEW = 0.55, 0.80


@dataclass(frozen=True)
class Build:
    """Lengths of an upright body in standing heights."""

    leg: float
    torso: float
    head_wide: float
    head_high: float
    shoulder: float
    hip: float
    arm: float
    limb: float
    gap: float = 0.0

    @property
    def head_y(self) -> float:
        """Height of the middle of the head over the shoulders."""
        return self.head_high * 0.88 + self.gap


def skeleton(build: Build) -> Rig:
    """Pelvis, chest, head, two arms and two legs. Hands and feet are joints of their own."""
    rig = Rig(BODY_VIEW, HEAD_VIEW)
    hips = build.leg + 0.02
    rig.joint("pelvis", "root", (0, hips), drive={"pitch": 0.6, "curl": 0.0},
              shift={"bob": (0, 1), "sway": (1, 0), "sit": (-0.06, 0.10 - hips)})  # fmt: skip
    rig.joint("chest", "pelvis", (0, build.torso), drive={"pitch": 0.4}, shift={"breathe": (0, 0.010)})
    rig.joint("head", "chest", (0.012, build.head_y), drive={"nod": 1.0}, head=True)
    for side, name in ((-1, "far"), (1, "near")):
        z = side * build.shoulder * 1.42
        rig.joint(f"arm.{name}", "chest", (0, -0.035, z), angle=0.05 - 0.13 * side,
                  drive={f"arm_{name}": 1.0, "breathe": 0.02})  # fmt: skip
        rig.joint(f"elbow.{name}", f"arm.{name}", (0, -build.arm * 0.5, side * 0.020), angle=0.20,
                  drive={f"elbow_{name}": 1.0})  # fmt: skip
        rig.joint(f"hand.{name}", f"elbow.{name}", (0, -build.arm * 0.5, side * 0.012))
        rig.joint(f"hip.{name}", "pelvis", (0, 0, side * build.hip))
        rig.leg(name, f"hip.{name}", (0, 0.03, side * build.hip), (build.leg - 0.01) * 0.506, (build.leg - 0.01) * 0.506,
                0 if name == "near" else 1, shift={"sit": (0.30, 0.0), "drift": (-0.02, -0.01)})  # fmt: skip
    return rig


def draw_leg(rig: Rig, build: Build, side: int, cloth: Colour, shoe: Colour, thick: float = 1.0) -> None:
    name = "near" if side > 0 else "far"
    r = build.limb * thick
    rig.capsule(f"hip.{name}", f"{name}.knee", r * 1.12, r * 0.98, cloth, key="thigh", side=side)
    rig.capsule(f"{name}.knee", f"{name}.foot", r * 0.98, r * 0.85, cloth, key="shin", side=side)
    rig.capsule((-0.012, 0.005), (0.058, -0.002), r * 0.98, r * 0.74, shoe, on=f"{name}.foot", key="shoe", side=side)


def draw_arm(rig: Rig, build: Build, side: int, cloth: Colour, hand: Colour, thick: float = 1.0) -> None:
    name = "near" if side > 0 else "far"
    r = build.limb * 0.86 * thick
    rig.circle((0, -0.006), r * 1.08, hand, on=f"hand.{name}", key="hand", side=side)
    rig.capsule(f"arm.{name}", f"elbow.{name}", r * 1.1, r, cloth, key="upper", side=side)
    rig.capsule((0, 0), (0, -build.arm * 0.42), r, r * 0.98, cloth, on=f"elbow.{name}", key="fore", side=side)


def draw_coat(rig: Rig, build: Build, colour: Colour, hem: float, flare: float) -> None:
    """A coat or dress from the shoulders to ``hem`` below the hips, ``flare`` wide there."""
    top, side = build.torso, build.shoulder * 0.86
    rig.polygon([(-flare, -hem), (flare, -hem), (flare * 0.86, top * 0.25), (side, top - 0.035), (-side, top - 0.035),
                 (-flare * 0.86, top * 0.25)], colour, 0.03, on="pelvis", thick=0.02,
                shift={"breathe": (0.0, 0.004), "sit": (0.05, 0.03)})  # fmt: skip


def draw_face(rig: Rig, build: Build, look: Look, eye: float, ear: bool = True) -> None:
    """Skin, eyes, mouth and cheeks on the front of the head."""
    w, h = build.head_wide, build.head_high
    skin = look.colours.skin
    rig.ellipse((w * 0.22, -h * 0.10, 0), w * 0.80, h * 0.86, skin, on="head", alpha=FACING, shade=0.25, line=0.0)
    if ear:
        rig.circle((-w * 0.02, -h * 0.16, w * 0.80), w * 0.17, mix(skin, (0.6, 0.2, 0.1), 0.12), on="head",
               shade=0.1, line=0.0, alpha={"one": 0.0, "head_cos": 3.0})  # fmt: skip
    draw_eyes(rig, "head", w * 0.56, -h * 0.08, w * 0.44 * look.traits.eye, eye)
    draw_cheeks(rig, "head", w * 0.54, -h * 0.38, w * 0.52, w * 0.15, mix(skin, (0.95, 0.35, 0.30), 0.45))
    draw_smile(rig, "head", w * 0.74, -h * 0.50, w * 0.24, w * 0.22, mix(skin, (0.45, 0.10, 0.12), 0.7))
    rig.circle((w * 0.84, -h * 0.22, 0), w * 0.075, mix(skin, (0.75, 0.30, 0.22), 0.28), on="head", alpha=FACING,
               shade=0.0, line=0.0)  # fmt: skip


def draw_hood(rig: Rig, build: Build, look: Look) -> None:
    """A hood around the head, with a small peak behind."""
    w, h, c = build.head_wide, build.head_high, look.colours
    rig.polygon([(-0.55 * w, 0.72 * h), (0.15 * w, 1.02 * h), (-0.55 * w, 1.12 * h)], c.base, 0.06 * w, on="head")
    rig.ellipse((-0.06 * w, 0.03 * h), w * 1.05, h * 1.03, c.base, on="head")
    rig.ellipse((0.19 * w, -0.06 * h), w * 0.88, h * 0.93, mix(c.base, c.dark, 0.8), on="head", alpha=FACING, shade=0.1, line=0.0)


def draw_skull(rig: Rig, build: Build, look: Look, long: float) -> None:
    """The head from behind: hair over the skull down to ``long`` (1 covers the nape, less shows it)."""
    w, h = build.head_wide, build.head_high
    rig.ellipse((0.02 * w, -0.06 * h), w * 0.93, h * 0.92, look.colours.skin, on="head", shade=0.25)
    rig.ellipse((-0.06 * w, 0.08 * h + (1.0 - long) * h), w * 1.0, h * (0.97 - 0.7 * (1.0 - long)), look.colours.hair, on="head")


def draw_fringe(rig: Rig, build: Build, hair: Colour, style: int) -> None:
    """The hair over the forehead; the rest of the hair is behind the face."""
    w, h = build.head_wide, build.head_high
    if style % 3 == 0:
        rig.capsule((w * 0.10, h * 0.66, w * 0.42), (w * 0.60, h * 0.50, -w * 0.20), w * 0.26, w * 0.15, hair, on="head",
                    alpha=FACING, shade=0.1, line=0.0)  # fmt: skip
    elif style % 3 == 1:
        rig.capsule((w * 0.36, h * 0.62, w * 0.36), (w * 0.36, h * 0.62, -w * 0.36), w * 0.27, w * 0.27, hair,
                    on="head", alpha=FACING, shade=0.1, line=0.0)  # fmt: skip
    else:
        for z in (-0.5, 0.0, 0.5):
            rig.capsule((w * 0.25, h * 0.70, z * w), (w * 0.62, h * 0.46, z * w * 1.15), w * 0.20, w * 0.10, hair,
                        on="head", alpha=FACING, shade=0.1, line=0.0)  # fmt: skip


def _anchors(rig: Rig, build: Build) -> Anatomy:
    w, h = build.head_wide, build.head_high
    return Anatomy(
        rig,
        top=Anchor("head", 0.0, h * 0.78, w * 0.86),
        eyes=Anchor("head", w * 0.60, -h * 0.08, w * 0.44),
        neck=Anchor("chest", 0.01, build.gap * 0.5 - 0.012, build.shoulder * 0.82),
        back=Anchor("chest", -0.02, -0.03, build.torso + 0.04),
        hold=Anchor("hand.near", 0.0, -0.01, 1.0),
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
    rig.capsule((0.03, -0.03, 0.0), (0.035, build.torso - 0.06, 0.0), 0.006, 0.006, c.deep, on="pelvis", shade=0.0,
                line=0.0, alpha={"one": 0.2, "sin": 1.6})  # fmt: skip
    draw_hood(rig, build, look)
    draw_face(rig, build, look, head * 0.150, ear=False)
    draw_fringe(rig, build, hair, t.style)
    if style % 2:
        for z in (-1.0, 1.0):
            rig.capsule((0.30 * w, -0.50 * h, z * w * 0.72), (0.22 * w, -1.02 * h, z * w * 0.86), w * 0.17, w * 0.10, hair, on="head",
                        shift={"tail": (0.02, 0)}, alpha=FACING)  # fmt: skip
    rig.capsule((-0.02, 0.0, 0), (0.035, -0.005, 0), 0.052, 0.048, c.light, on="chest", line=0.6)
    draw_arm(rig, build, 1, mix(c.base, c.light, 0.35), c.skin)
    return _anchors(rig, build)


def draw_woman(look: Look) -> Anatomy:
    """A woman in a long flared dress; hair loose, in a bun or in a plait."""
    t, c = look.traits, look.colours
    head = 0.145 * (1 + 0.5 * (t.head - 1))
    build = Build(look.leg, 0.635 - look.leg - 0.02, head, head * 1.06, 0.083 * t.girth, 0.04, 0.29, 0.034, 0.03)
    rig = skeleton(build)
    w, h, hair, style = head, head * 1.06, c.hair, t.style % 3
    if style == 0:
        rig.capsule((-0.30 * w, -0.1 * h), (-0.55 * w, -1.35 * h), w * 0.85, w * 0.42, hair, on="head",
                    shift={"tail": (0.012, 0)})  # fmt: skip
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
        rig.capsule((-0.75 * w, -0.25 * h, 0.5 * w), (-0.6 * w, -1.5 * h, 0.75 * w), w * 0.28, w * 0.15, hair, on="head",
                    shift={"tail": (0.015, 0)})  # fmt: skip
    draw_arm(rig, build, 1, mix(c.base, c.light, 0.35), c.skin)
    return _anchors(rig, build)


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
    rig.capsule((0.035, -0.05, 0), (0.04, build.torso - 0.06, 0), 0.005, 0.005, c.deep, on="pelvis", shade=0.0,
                line=0.0, alpha={"one": 0.2, "sin": 1.6})  # fmt: skip
    rig.capsule("chest", (0.0, 0.05), 0.040, 0.038, c.skin, on="chest", line=0.4)
    draw_skull(rig, build, look, 0.86)
    draw_face(rig, build, look, head * 0.13)
    if style == 1:
        for z in (-0.32, 0.32):
            rig.capsule((w * 0.82, -h * 0.33, 0), (w * 0.70, -h * 0.38, z * w), w * 0.09, w * 0.05, hair, on="head",
                        alpha=FACING, shade=0.1, line=0.0)  # fmt: skip
    elif style == 2:
        rig.capsule((w * 0.42, -h * 0.72, w * 0.42), (w * 0.42, -h * 0.72, -w * 0.42), w * 0.30, w * 0.30, hair,
                    on="head", alpha=FACING, shade=0.2, line=0.4)  # fmt: skip
    draw_fringe(rig, build, hair, 0 if t.style % 2 else 1)
    draw_arm(rig, build, 1, mix(c.base, c.light, 0.35), c.skin)
    return _anchors(rig, build)


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
    rig.polygon([(-0.012, -0.04), (0.078, -0.04), (0.070, build.torso - 0.08), (0.0, build.torso - 0.08)], c.accent, 0.01,
                on="pelvis", shade=0.1, line=0.3, alpha={"one": 0.2, "sin": 1.6})  # fmt: skip
    rig.capsule((-0.105, 0.035, 0), (0.105, 0.035, 0), 0.014, 0.014, steel, on="pelvis", line=0.2)
    for i, (x, y) in enumerate(((-0.30, 1.12), (-0.85, 0.95), (-1.25, 0.45))):
        rig.circle((x * w, y * h), w * (0.36 - 0.06 * i), c.accent, on="head", shift={"tail": (0.012 * i, 0.0)})
    rig.polygon([(-0.80 * w, -0.72 * h), (0.80 * w, -0.72 * h), (0.86 * w, 0.25 * h), (0.50 * w, 0.80 * h),
                 (-0.50 * w, 0.80 * h), (-0.86 * w, 0.25 * h)], c.base, 0.2 * w, on="head", thick=0.25 * w)  # fmt: skip
    rig.capsule((0.62 * w, 0.10 * h, -0.62 * w), (0.62 * w, 0.10 * h, 0.62 * w), 0.165 * w, 0.165 * w, INK, on="head",
                alpha=FACING, shade=0.0, line=0.0)  # fmt: skip
    draw_eyes(rig, "head", 0.66 * w, 0.10 * h, 0.36 * w * t.eye, 0.11 * w, colour=(1.0, 0.95, 0.75), glint=False)
    for z in (-0.3, 0.0, 0.3):
        rig.circle((0.78 * w, -0.40 * h, z * w), 0.06 * w, steel, on="head", alpha=FACING, shade=0.0, line=0.0)
    rig.capsule((0.74 * w, 0.24 * h, 0), (0.62 * w, 0.95 * h, 0), 0.05 * w, 0.05 * w, steel, on="head", alpha=FACING,
                shade=0.0, line=0.0)  # fmt: skip
    draw_arm(rig, build, 1, c.base, steel)
    rig.circle((0.0, 0.005), build.limb * 1.35, c.light, on="arm.near", line=0.8)
    return _anchors(rig, build)


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
    rig.polygon([(0.005, 0.10), (0.085, 0.10), (0.085, 0.19), (0.005, 0.19)], c.light, 0.012, on="pelvis", line=0.5,
                shade=0.1, alpha={"one": 0.1, "sin": 1.8})  # fmt: skip
    rig.circle((0.028, 0.160), 0.014, band, on="pelvis", shade=0.0, line=0.0, alpha={"one": 0.1, "sin": 1.8})
    rig.circle((0.064, 0.130), 0.012, mix(band, (0.2, 0.6, 1.0), 0.6), on="pelvis", shade=0.0, line=0.0,
               alpha={"one": 0.1, "sin": 1.8})  # fmt: skip
    rig.circle((0, 0), w, c.base, on="head")
    visor = (0.13, 0.18, 0.34)
    rig.ellipse((0.30 * w, -0.02 * w), 0.76 * w, 0.66 * w, c.dark, on="head", alpha=FACING, shade=0.0, line=0.0)
    rig.ellipse((0.34 * w, -0.02 * w), 0.68 * w, 0.58 * w, visor, on="head", alpha=FACING, shade=0.3, line=0.3)
    rig.capsule((0.30 * w, 0.30 * w, 0.28 * w), (0.55 * w, 0.30 * w, -0.02 * w), 0.085 * w, 0.06 * w, (0.62, 0.80, 0.95),
                on="head", alpha=FACING, shade=0.0, line=0.0)  # fmt: skip
    draw_eyes(rig, "head", 0.55 * w, -0.08 * w, 0.30 * w * t.eye, 0.085 * w, colour=(0.85, 0.93, 1.0), glint=False)
    draw_arm(rig, build, 1, c.base, c.dark)
    rig.capsule((-0.038, -0.05), (0.038, -0.05), 0.012, 0.012, band, on="elbow.near", shade=0.1, line=0.2)
    return _anchors(rig, build)


def draw_robot(look: Look) -> Anatomy:
    """A robot: rounded boxes, a screen for a face with glowing eyes, an antenna, jointed tube limbs."""
    t, c = look.traits, look.colours
    head = 0.170 * (1 + 0.5 * (t.head - 1))
    build = Build(look.leg, 0.58 - look.leg, head * 1.1, head * 0.92, 0.155 * t.girth, 0.075, 0.27, 0.042, 0.03)
    rig = skeleton(build)
    w, h = build.head_wide, build.head_high
    metal = mix(c.dark, (0.55, 0.58, 0.62), 0.35)
    light = mix(c.accent, (1, 1, 1), 0.25)
    draw_arm(rig, build, -1, metal, c.base)
    draw_leg(rig, build, -1, metal, c.base, 1.0)
    draw_leg(rig, build, 1, metal, c.base, 1.0)
    top = build.torso
    rig.capsule("chest", (0, 0.05), 0.045, 0.045, metal, on="chest")
    rig.polygon([(-0.115, -0.02), (0.115, -0.02), (0.135, top - 0.04), (-0.135, top - 0.04)], c.base, 0.05, on="pelvis",
                thick=0.02, shift={"breathe": (0, 0.003)})  # fmt: skip
    rig.polygon([(-0.02, 0.06), (0.10, 0.06), (0.10, 0.15), (-0.02, 0.15)], c.light, 0.015, on="pelvis", shade=0.0,
                line=0.5, alpha={"one": 0.1, "sin": 1.8})  # fmt: skip
    for i in range(3):
        rig.circle((0.0 + 0.04 * i, 0.105), 0.014, light if i == t.marking % 3 else c.deep, on="pelvis", shade=0.0, line=0.0,
                   glow=0.8 if i == t.marking % 3 else 0.0, alpha={"one": 0.1, "sin": 1.8})  # fmt: skip
    rig.capsule((0, 0.9 * h), (-0.02, 0.9 * h + 0.085), 0.010, 0.010, metal, on="head", shift={"tail": (0.01, 0)})
    rig.circle((-0.02, 0.9 * h + 0.095), 0.028, light, on="head", glow=0.8, shift={"tail": (0.012, 0)})
    for z in (-1, 1):
        rig.capsule((0, 0, z * w * 0.95), (0, 0, z * w * 1.12), 0.045, 0.04, metal, on="head")
    rig.polygon([(-0.78 * w, -0.62 * h), (0.78 * w, -0.62 * h), (0.78 * w, 0.66 * h), (-0.78 * w, 0.66 * h)], c.base,
                0.26 * w, on="head", thick=0.55 * w)  # fmt: skip
    rig.polygon([(0.62 * w, -0.42 * h, z * w) for z in (-0.55, 0.55)] + [(0.62 * w, 0.46 * h, z * w) for z in (0.55, -0.55)],
                (0.10, 0.13, 0.18), 0.16 * w, on="head", alpha=FACING, shade=0.0, line=0.2)  # fmt: skip
    draw_eyes(rig, "head", 0.62 * w, 0.08 * h, 0.36 * w * t.eye, 0.17 * w, colour=light, glint=False, glow=0.9)
    rig.capsule((0.62 * w, -0.34 * h, -0.16 * w), (0.62 * w, -0.34 * h, 0.16 * w), 0.035 * w, 0.035 * w, light, on="head",
                alpha=FACING, glow=0.8, shade=0.0, line=0.0)  # fmt: skip
    draw_arm(rig, build, 1, metal, c.base)
    rig.circle((0, 0), 0.05, c.light, on="arm.near", line=0.8)
    return _anchors(rig, build)
