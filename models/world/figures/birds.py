"""Two-legged animals with wings: bird, owl and penguin."""

from __future__ import annotations

from models.world.figures.anatomy import FACING, FLAT, ON_FACE, Anatomy, Anchor, Look, draw_cheeks, draw_eyes
from models.world.figures.palette import IVORY, mix
from models.world.figures.rig import Rig
from models.world.figures.wings import BEAK, add_wing


def _stand(rig: Rig, look: Look, hips: float, spread: float, x: float = 0.0, thin: float = 0.016) -> None:
    """Two short legs with toes."""
    for side, name in ((-1, "far"), (1, "near")):
        rig.joint(f"{name}.hip", "body", (x, -0.10, side * spread))
        rig.leg(
            name,
            f"{name}.hip",
            (x + side * 0.008, 0.018, side * spread),
            hips * 0.55,
            hips * 0.55,
            0 if side > 0 else 1,
            bend=-1.0,
            shift={"curl": (0.0, 0.0), "drift": (-0.16, 0.13)},
        )
        rig.capsule(f"{name}.hip", f"{name}.knee", thin * 1.2, thin, BEAK, key="thigh", side=side)
        rig.capsule(f"{name}.knee", f"{name}.foot", thin, thin, BEAK, key="shin", side=side)
        rig.capsule((-0.03, 0), (0.06, 0), thin, thin * 0.9, BEAK, on=f"{name}.foot", key="toes", side=side)


def draw_bird(look: Look) -> Anatomy:
    """A small songbird: round body, pale breast, short beak, fan tail."""
    t, c = look.traits, look.colours
    rig = Rig(0.15, 0.45)
    level = look.leg + 0.24
    rig.joint(
        "body",
        "root",
        (0, level),
        angle=0.32,
        drive={"pitch": 1.0, "drift": -0.22},
        shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, -look.leg * 0.75)},
    )
    rig.joint(
        "head",
        "body",
        (0.24, 0.20),
        angle=-0.32,
        drive={"nod": 1.0, "curl": -0.35, "pitch": -0.6, "drift": 0.15},
        head=True,
    )
    rig.joint("tail", "body", (-0.27, -0.02), drive={"tail": 0.7})
    r = 0.235 * (1 + 0.7 * (t.head - 1))
    k = t.tail
    _stand(rig, look, look.leg + 0.1, 0.07, -0.03, 0.020)
    add_wing(rig, "body", (0.06, 0.05, -0.12), -1, 0.30, 0.34, 0.20, c.dark, c.deep, (-0.42, -0.10))
    rig.polygon(
        [(0.06, 0.06), (0.06, -0.05), (-0.34 * k, -0.10), (-0.36 * k, 0.04)], c.dark, 0.025, on="tail", thick=0.06
    )
    g = 1 + 0.6 * (t.girth - 1)
    rig.capsule((-0.17, -0.01), (0.10, 0.02), 0.15 * g, 0.235 * g, c.base, on="body")
    rig.capsule((-0.04, -0.10), (0.16, -0.06), 0.095 * g, 0.135 * g, c.pale, on="body", **FLAT)
    rig.circle((0, 0), r, c.base, on="head")
    if t.style % 3 == 0:
        rig.capsule((-0.02, r * 0.80), (-0.17, r * 1.42), 0.075, 0.012, c.dark, on="head")
    rig.capsule((r * 0.88, -r * 0.09, 0), (r * 1.50, -r * 0.12, 0), r * 0.25, 0.010, BEAK, on="head", shade=0.3)
    if t.marking % 2:
        rig.circle((r * 0.30, -r * 0.28, r * 0.62), r * 0.30, c.pale, on="head", **FLAT)
    draw_eyes(rig, "head", r * 0.55, r * 0.16, r * 0.58 * t.eye, r * 0.17, coat=c.base)
    add_wing(rig, "body", (0.06, 0.05, 0.14), 1, 0.30, 0.34, 0.20, c.dark, c.deep, (-0.42, -0.10))
    return Anatomy(
        rig,
        Anchor("head", 0.0, r * 0.82, r * 0.72),
        Anchor("head", r * 0.62, r * 0.16, r * 0.52),
        Anchor("head", -0.07, -r * 0.86, 0.17),
        Anchor("body", 0.06, 0.22, 0.40),
        Anchor("near.foot", 0.02, -0.01, 1.1),
        upright=False,
    )


def _owl_skeleton(look: Look) -> Rig:
    """Body, head and tail of an owl."""
    rig = Rig(0.55, 0.80)
    level = look.leg + 0.26
    rig.joint(
        "body",
        "root",
        (0, level),
        drive={"pitch": 0.9, "drift": -0.35, "curl": -0.03},
        shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, -look.leg * 0.3)},
    )
    rig.joint(
        "head",
        "body",
        (0.03, 0.30),
        drive={"nod": 0.8, "pitch": -0.7, "drift": 0.3},
        shift={"curl": (0.0, -0.03), "breathe": (0, 0.006)},
        head=True,
    )
    rig.joint("tail", "body", (-0.10, -0.20), drive={"tail": 0.5})
    return rig


def _owl_head(rig: Rig, look: Look, r: float) -> None:
    """Ear tufts, eye discs, eyes and beak."""
    t, c = look.traits, look.colours
    for side in (-1, 1):
        tuft = (-0.02, r * (0.95 + 0.38 * t.ear), side * r * 0.95)
        rig.capsule((0.0, r * 0.58, side * r * 0.55), tuft, r * 0.30, 0.012, c.base, on="head")
    rig.ellipse((0, 0), r * 1.08, r * 0.90, c.base, on="head")
    disc = mix(c.base, c.pale, 0.80)
    for side in (-1, 1):
        rig.circle((r * 0.72, r * 0.02, side * r * 0.42), r * 0.47, disc, on="head", alpha=FACING, shade=0.0, line=0.3)
    amber = (0.98, 0.74, 0.18) if t.accent % 2 else (0.98, 0.60, 0.22)
    for side in (-1, 1):
        rig.ellipse(
            (r * 0.80, r * 0.04, side * r * 0.42), r * 0.29, r * 0.29, amber, **ON_FACE, grow={"blink": -0.27 * r}
        )
    draw_eyes(rig, "head", r * 0.82, r * 0.04, r * 0.42, r * 0.175)
    rig.capsule(
        (r * 0.93, -r * 0.02, 0),
        (r * 1.0, -r * 0.36, 0),
        r * 0.11,
        0.008,
        BEAK,
        on="head",
        alpha=FACING,
        shade=0.2,
        line=0.2,
    )


def draw_owl(look: Look) -> Anatomy:
    """An owl: upright egg of a body, great eye discs, ear tufts, barred breast."""
    t, c = look.traits, look.colours
    rig = _owl_skeleton(look)
    r = 0.260 * (1 + 0.6 * (t.head - 1))
    g = 1 + 0.6 * (t.girth - 1)
    add_wing(rig, "body", (0.0, 0.13, -0.19), -1, 0.36, 0.36, 0.26, c.dark, c.deep, (-0.06, -0.38))
    rig.polygon(
        [(0.04, 0.03), (-0.06, 0.06), (-0.15, -0.13 * t.tail), (-0.04, -0.15 * t.tail)],
        c.deep,
        0.03,
        on="tail",
        thick=0.04,
    )
    _stand(rig, look, look.leg + 0.12, 0.075, 0.02, 0.024)
    rig.ellipse((0, 0), 0.235 * g, 0.315, c.base, on="body", grow={"breathe": 0.006})
    rig.ellipse(
        (0.075, -0.05),
        0.155 * g,
        0.225,
        mix(c.base, c.pale, 0.75),
        on="body",
        shade=0.1,
        line=0.0,
        alpha=_front_of_body(),
    )
    for i in range(3):
        for z in (-0.05, 0.05) if i % 2 else (0.0, 0.10, -0.10):
            rig.capsule(
                (0.09, 0.04 - 0.09 * i, z - 0.018),
                (0.09, 0.04 - 0.09 * i, z + 0.018),
                0.015,
                0.015,
                mix(c.base, c.dark, 0.4),
                on="body",
                **FLAT,
                alpha=_front_of_body(),
            )
    _owl_head(rig, look, r)
    add_wing(rig, "body", (0.0, 0.13, 0.20), 1, 0.36, 0.36, 0.26, c.dark, c.deep, (-0.06, -0.38))
    return Anatomy(
        rig,
        Anchor("head", -0.01, r * 0.76, r * 0.80),
        Anchor("head", r * 0.82, r * 0.04, r * 0.46),
        Anchor("body", 0.03, 0.145, 0.22),
        Anchor("body", -0.06, 0.14, 0.44),
        Anchor("near.foot", 0.02, -0.01, 1.0),
    )


def _front_of_body() -> dict[str, float]:
    return {"one": 0.2, "sin": 1.8}


def _penguin_skeleton(g: float) -> Rig:
    """Body, flippers and feet of a penguin; ``g`` is its girth."""
    rig = Rig(0.55, 0.70)
    level = 0.36
    rig.joint(
        "body",
        "root",
        (0, level),
        drive={"pitch": 0.8},
        shift={"bob": (0, 1), "sway": (1, 0), "curl": (0, -0.02), "sit": (0, -0.05)},
    )
    rig.joint("chest", "body", (0, 0.20), shift={"breathe": (0, 0.006)})
    rig.joint("head", "body", (0.02, 0.405), drive={"nod": 1.0}, head=True)
    for side, name in ((-1, "far"), (1, "near")):
        z = side * 0.215 * g
        rig.joint(f"arm.{name}", "chest", (-0.01, -0.03, z), angle=-0.10 - 0.16 * side, drive={f"arm_{name}": 0.85})
        rig.joint(f"elbow.{name}", f"arm.{name}", (0, -0.15, side * 0.03), drive={f"elbow_{name}": 0.45})
        rig.joint(f"hand.{name}", f"elbow.{name}", (0, -0.13, side * 0.03))
        rig.joint(f"hip.{name}", "body", (0.0, -0.24, side * 0.09))
        rig.leg(
            name,
            f"hip.{name}",
            (0.01, 0.022, side * 0.09),
            0.07,
            0.07,
            0 if side > 0 else 1,
            shift={"drift": (-0.03, 0.0), "sit": (0.1, 0)},
        )
    return rig


def draw_penguin(look: Look) -> Anatomy:
    """A penguin: dark coat, white front, flippers, orange feet and beak."""
    t, c = look.traits, look.colours
    r, g = 0.205 * (1 + 0.6 * (t.head - 1)), 1 + 0.6 * (t.girth - 1)
    rig = _penguin_skeleton(g)
    rig.capsule("arm.far", "hand.far", 0.055, 0.030, c.base, key="flipper", side=-1)
    rig.polygon([(-0.16, -0.22), (-0.08, -0.30), (-0.27, -0.33)], c.dark, 0.02, on="body", thick=0.04)
    for side, name in ((-1, "far"), (1, "near")):
        rig.capsule(f"hip.{name}", f"{name}.foot", 0.05, 0.035, c.dark, key="shin", side=side)
        rig.capsule((-0.03, 0), (0.085, -0.002), 0.034, 0.024, BEAK, on=f"{name}.foot", key="webs", side=side)
    rig.ellipse((-0.01, 0.0), 0.225 * g, 0.325, c.base, on="body", grow={"breathe": 0.006})
    white = mix(c.pale, IVORY, 0.8) if c.base != c.pale else c.pale
    white = mix(white, c.base, 0.12) if sum(c.base) > 2.6 else white
    rig.ellipse((0.085, -0.05), 0.120 * g, 0.225, white, on="body", shade=0.1, line=0.0, alpha=_front_of_body())
    rig.circle((0, 0), r, c.base, on="head")
    for side in (-1, 1):
        rig.circle((r * 0.62, -r * 0.05, side * r * 0.40), r * 0.36, white, **ON_FACE)
    draw_eyes(rig, "head", r * 0.68, r * 0.06, r * 0.40 * t.eye, r * 0.14)
    draw_cheeks(rig, "head", r * 0.62, -r * 0.24, r * 0.58, r * 0.14, (0.98, 0.62, 0.50))
    rig.capsule(
        (r * 0.84, -r * 0.10, 0),
        (r * 1.42, -r * 0.17, 0),
        r * 0.155,
        0.008,
        BEAK,
        on="head",
        alpha=FACING,
        shade=0.2,
        line=0.3,
    )
    if t.style % 3 == 0:
        for z in (-0.5, 0.5):
            rig.capsule(
                (r * 0.42, r * 0.52, z * r),
                (-r * 0.20, r * 0.88, z * r * 1.5),
                0.020,
                0.008,
                (0.98, 0.80, 0.22),
                on="head",
                shade=0.0,
            )
    rig.capsule("arm.near", "hand.near", 0.055, 0.030, c.dark, key="flipper", side=1)
    return Anatomy(
        rig,
        Anchor("head", 0.0, r * 0.82, r * 0.78),
        Anchor("head", r * 0.70, r * 0.06, r * 0.44),
        Anchor("body", 0.02, 0.225, 0.18),
        Anchor("body", -0.08, 0.18, 0.40),
        Anchor("hand.near", 0.0, -0.02, 1.0),
    )
