"""What upright bodies share: skeleton, limbs, coat, face, hair."""

from __future__ import annotations

from dataclasses import dataclass

from models.world.figures.anatomy import FACING, ON_FACE, Anatomy, Anchor, Look, draw_cheeks, draw_eyes, draw_smile
from models.world.figures.palette import Colour, mix
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
    rig.joint(
        "pelvis",
        "root",
        (0, hips),
        drive={"pitch": 0.6, "curl": 0.0},
        shift={"bob": (0, 1), "sway": (1, 0), "sit": (-0.06, 0.10 - hips)},
    )
    rig.joint("chest", "pelvis", (0, build.torso), drive={"pitch": 0.4}, shift={"breathe": (0, 0.010)})
    rig.joint("head", "chest", (0.012, build.head_y), drive={"nod": 1.0}, head=True)
    for side, name in ((-1, "far"), (1, "near")):
        z = side * build.shoulder * 1.42
        rig.joint(
            f"arm.{name}",
            "chest",
            (0, -0.035, z),
            angle=0.05 - 0.13 * side,
            drive={f"arm_{name}": 1.0, "breathe": 0.02},
        )
        rig.joint(
            f"elbow.{name}",
            f"arm.{name}",
            (0, -build.arm * 0.5, side * 0.020),
            angle=0.20,
            drive={f"elbow_{name}": 1.0},
        )
        rig.joint(f"hand.{name}", f"elbow.{name}", (0, -build.arm * 0.5, side * 0.012))
        rig.joint(f"hip.{name}", "pelvis", (0, 0, side * build.hip))
        rig.leg(
            name,
            f"hip.{name}",
            (0, 0.03, side * build.hip),
            (build.leg - 0.01) * 0.506,
            (build.leg - 0.01) * 0.506,
            0 if name == "near" else 1,
            shift={"sit": (0.30, 0.0), "drift": (-0.02, -0.01)},
        )
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
    rig.polygon(
        [
            (-flare, -hem),
            (flare, -hem),
            (flare * 0.86, top * 0.25),
            (side, top - 0.035),
            (-side, top - 0.035),
            (-flare * 0.86, top * 0.25),
        ],
        colour,
        0.03,
        on="pelvis",
        thick=0.02,
        shift={"breathe": (0.0, 0.004), "sit": (0.05, 0.03)},
    )


def draw_face(rig: Rig, build: Build, look: Look, eye: float, ear: bool = True) -> None:
    """Skin, eyes, mouth and cheeks on the front of the head."""
    w, h = build.head_wide, build.head_high
    skin = look.colours.skin
    rig.ellipse((w * 0.22, -h * 0.10, 0), w * 0.80, h * 0.86, skin, on="head", alpha=FACING, shade=0.25, line=0.0)
    if ear:
        rig.circle(
            (-w * 0.02, -h * 0.16, w * 0.80),
            w * 0.17,
            mix(skin, (0.6, 0.2, 0.1), 0.12),
            on="head",
            shade=0.1,
            line=0.0,
            alpha={"one": 0.0, "head_cos": 3.0},
        )
    draw_eyes(rig, "head", w * 0.56, -h * 0.08, w * 0.44 * look.traits.eye, eye)
    draw_cheeks(rig, "head", w * 0.54, -h * 0.38, w * 0.52, w * 0.15, mix(skin, (0.95, 0.35, 0.30), 0.45))
    draw_smile(rig, "head", w * 0.74, -h * 0.50, w * 0.24, w * 0.22, mix(skin, (0.45, 0.10, 0.12), 0.7))
    rig.circle((w * 0.84, -h * 0.22, 0), w * 0.075, mix(skin, (0.75, 0.30, 0.22), 0.28), **ON_FACE)


def draw_hood(rig: Rig, build: Build, look: Look) -> None:
    """A hood around the head, with a small peak behind."""
    w, h, c = build.head_wide, build.head_high, look.colours
    rig.polygon([(-0.55 * w, 0.72 * h), (0.15 * w, 1.02 * h), (-0.55 * w, 1.12 * h)], c.base, 0.06 * w, on="head")
    rig.ellipse((-0.06 * w, 0.03 * h), w * 1.05, h * 1.03, c.base, on="head")
    rig.ellipse(
        (0.19 * w, -0.06 * h),
        w * 0.88,
        h * 0.93,
        mix(c.base, c.dark, 0.8),
        on="head",
        alpha=FACING,
        shade=0.1,
        line=0.0,
    )


def draw_skull(rig: Rig, build: Build, look: Look, long: float) -> None:
    """The head from behind: hair over the skull down to ``long`` (1 covers the nape, less shows it)."""
    w, h = build.head_wide, build.head_high
    rig.ellipse((0.02 * w, -0.06 * h), w * 0.93, h * 0.92, look.colours.skin, on="head", shade=0.25)
    rig.ellipse(
        (-0.06 * w, 0.08 * h + (1.0 - long) * h), w * 1.0, h * (0.97 - 0.7 * (1.0 - long)), look.colours.hair, on="head"
    )


def draw_fringe(rig: Rig, build: Build, hair: Colour, style: int) -> None:
    """The hair over the forehead; the rest of the hair is behind the face."""
    w, h = build.head_wide, build.head_high
    if style % 3 == 0:
        rig.capsule(
            (w * 0.10, h * 0.66, w * 0.42),
            (w * 0.60, h * 0.50, -w * 0.20),
            w * 0.26,
            w * 0.15,
            hair,
            on="head",
            alpha=FACING,
            shade=0.1,
            line=0.0,
        )
    elif style % 3 == 1:
        rig.capsule(
            (w * 0.36, h * 0.62, w * 0.36),
            (w * 0.36, h * 0.62, -w * 0.36),
            w * 0.27,
            w * 0.27,
            hair,
            on="head",
            alpha=FACING,
            shade=0.1,
            line=0.0,
        )
    else:
        for z in (-0.5, 0.0, 0.5):
            rig.capsule(
                (w * 0.25, h * 0.70, z * w),
                (w * 0.62, h * 0.46, z * w * 1.15),
                w * 0.20,
                w * 0.10,
                hair,
                on="head",
                alpha=FACING,
                shade=0.1,
                line=0.0,
            )


def anchors(rig: Rig, build: Build) -> Anatomy:
    w, h = build.head_wide, build.head_high
    return Anatomy(
        rig,
        top=Anchor("head", 0.0, h * 0.78, w * 0.86),
        eyes=Anchor("head", w * 0.60, -h * 0.08, w * 0.44),
        neck=Anchor("chest", 0.01, build.gap * 0.5 - 0.012, build.shoulder * 0.82),
        back=Anchor("chest", -0.02, -0.03, build.torso + 0.04),
        hold=Anchor("hand.near", 0.0, -0.01, 1.0),
    )
