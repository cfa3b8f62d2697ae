"""What is worn, fitted to any body by its anchors."""

from __future__ import annotations

from models.world import vocabulary
from models.world.figures.anatomy import FACING, FLAT, Anatomy
from models.world.figures.palette import INK, Colour, mix


def _darker(colour: Colour) -> Colour:
    return mix(colour, INK, 0.28)


def wear_behind(body: Anatomy, name: str, colour: str) -> None:
    """The part of an accessory that is behind the body: called before the body is drawn."""
    tint = vocabulary.COLOURS[colour]
    at, rig = body.back, body.rig
    if name == "cape" and body.upright:
        n, s = body.neck, at.size
        wind = {"effort": (-0.16, 0.10), "tail": (-0.05, 0.0)}
        rig.polygon_of(
            [
                rig.point(at.joint, (at.x - n.size * 0.9, at.y + 0.05, at.z)),
                rig.point(at.joint, (at.x + n.size * 0.5, at.y + 0.05, at.z)),
                rig.point(at.joint, (at.x + s * 0.16, at.y - s * 1.20, at.z), wind),
                rig.point(at.joint, (at.x - s * 0.66, at.y - s * 1.15, at.z), wind),
            ],
            tint,
            0.022,
            shade=0.5,
        )
    if name == "backpack" and body.upright:
        s, y = at.size, at.y
        rig.polygon(
            [
                (at.x - s * 0.58, y - s * 0.90),
                (at.x - s * 0.10, y - s * 0.90),
                (at.x - s * 0.10, y),
                (at.x - s * 0.50, y),
            ],
            tint,
            0.03,
            on=at.joint,
            shade=0.5,
            thick=s * 0.15,
        )
        rig.polygon(
            [
                (at.x - s * 0.66, y - s * 0.80),
                (at.x - s * 0.40, y - s * 0.80),
                (at.x - s * 0.40, y - s * 0.42),
                (at.x - s * 0.66, y - s * 0.42),
            ],
            _darker(tint),
            0.016,
            on=at.joint,
            shade=0.4,
            thick=s * 0.1,
        )


def wear(body: Anatomy, name: str, colour: str) -> None:
    """The part of an accessory that is on top of the body."""
    _WEAR[name](body, vocabulary.COLOURS[colour])


def _hat(body: Anatomy, tint: Colour) -> None:
    a, rig = body.top, body.rig
    s = a.size * 1.22
    rig.polygon(
        [
            (a.x - s * 0.62, a.y),
            (a.x + s * 0.62, a.y),
            (a.x + s * 0.50, a.y + s * 0.85),
            (a.x - s * 0.50, a.y + s * 0.85),
        ],
        tint,
        s * 0.12,
        on=a.joint,
        thick=s * 0.1,
    )
    rig.capsule(
        (a.x - s * 0.60, a.y + s * 0.16),
        (a.x + s * 0.60, a.y + s * 0.16),
        s * 0.11,
        s * 0.11,
        _darker(tint),
        on=a.joint,
        **FLAT,
    )
    rig.capsule(
        (a.x - s * 1.12, a.y - s * 0.04), (a.x + s * 1.18, a.y - s * 0.04), s * 0.12, s * 0.12, tint, on=a.joint
    )


def _crown(body: Anatomy, tint: Colour) -> None:
    a, rig = body.top, body.rig
    s = a.size * 1.2
    for x in (-0.62, 0.0, 0.62):
        rig.polygon(
            [
                (a.x + s * (x - 0.30), a.y + s * 0.12),
                (a.x + s * (x + 0.30), a.y + s * 0.12),
                (a.x + s * x * 1.12, a.y + s * 0.78),
            ],
            tint,
            s * 0.05,
            on=a.joint,
        )
    rig.capsule(
        (a.x - s * 0.74, a.y + s * 0.10), (a.x + s * 0.74, a.y + s * 0.10), s * 0.17, s * 0.17, tint, on=a.joint
    )
    jewel = (0.90, 0.20, 0.30) if tint[0] < 0.8 or tint[1] > 0.5 else (0.30, 0.60, 0.95)
    rig.circle((a.x + s * 0.1, a.y + s * 0.11), s * 0.11, jewel, on=a.joint, **FLAT)


def _scarf(body: Anatomy, tint: Colour) -> None:
    a, rig = body.neck, body.rig
    s = a.size
    fold, end = s * 0.34, s * 1.5
    # On a level body the neck rises forwards, and the scarf goes across it.
    slope = 0.06 if body.upright else -0.42
    rig.capsule(
        (a.x - s * 0.86, a.y - slope * s, 0), (a.x + s * 0.86, a.y + slope * s, 0), fold, fold, tint, on=a.joint
    )
    rig.capsule(
        (a.x - s * 0.55, a.y - slope * s - s * 0.1, s * 0.5),
        (a.x - s * 0.95, a.y - end, s * 0.5),
        fold * 0.72,
        fold * 0.82,
        tint,
        on=a.joint,
        shift={"effort": (-s * 1.1, s * 1.0), "tail": (-s * 0.4, 0)},
    )
    rig.capsule(
        (a.x - s * 0.5, a.y - slope * s, s * 0.6),
        (a.x - s * 0.62, a.y - slope * s - 0.08 * s, s * 0.6),
        fold * 0.95,
        fold * 0.9,
        _darker(tint),
        on=a.joint,
        shade=0.2,
        line=0.2,
    )


def _bow(body: Anatomy, tint: Colour) -> None:
    a, rig = body.neck, body.rig
    s = a.size * 0.85
    x, y, z = a.x + a.size * 0.75, a.y, 0.0
    for side in (-1, 1):
        rig.polygon(
            [
                (x, y, z),
                (x + side * s * 0.62, y + s * 0.42, -side * s * 0.2),
                (x + side * s * 0.62, y - s * 0.42, -side * s * 0.2),
            ],
            tint,
            s * 0.10,
            on=a.joint,
        )
    rig.circle((x, y, z), s * 0.24, _darker(tint), on=a.joint, line=0.4)


def _glasses(body: Anatomy, tint: Colour) -> None:
    a, rig = body.eyes, body.rig
    s = a.size
    alpha = FACING if a.joint == "head" else {"one": 1.0}
    flat = a.joint != "head"
    for side in (-1, 1):
        at = (a.x + side * s * 0.62, a.y, 0.0) if flat else (a.x + 0.01, a.y, side * s)
        rig.circle(at, s * 0.60, tint, on=a.joint, alpha=alpha, shade=0.1, line=0.4)
        rig.circle(at, s * 0.42, (0.93, 0.97, 1.0), on=a.joint, alpha=alpha, **FLAT)
        rig.ellipse(
            (at[0] + 0.04 * s, at[1], at[2]),
            s * 0.19,
            s * 0.26,
            INK,
            on=a.joint,
            alpha=alpha,
            **FLAT,
            grow={"blink": -0.24 * s},
        )
    ends = (
        ((a.x - s * 0.1, a.y), (a.x + s * 0.1, a.y))
        if flat
        else ((a.x + 0.01, a.y, -s * 0.45), (a.x + 0.01, a.y, s * 0.45))
    )
    rig.capsule(ends[0], ends[1], s * 0.10, s * 0.10, tint, on=a.joint, alpha=alpha, **FLAT)


def _cape(body: Anatomy, tint: Colour) -> None:
    a, rig, n = body.back, body.rig, body.neck
    if body.upright:
        rig.capsule(
            (n.x - n.size * 0.9, n.y, 0),
            (n.x + n.size * 0.8, n.y, 0),
            n.size * 0.26,
            n.size * 0.26,
            _darker(tint),
            on=n.joint,
            shade=0.2,
        )
        return
    s = a.size
    wind = {"effort": (-0.10, 0.12), "tail": (-0.03, 0.02)}
    rig.polygon_of(
        [
            rig.point(a.joint, (a.x, a.y + 0.015)),
            rig.point(a.joint, (a.x + 0.02, a.y - s * 0.30, 0.05)),
            rig.point(a.joint, (a.x - s * 0.95, a.y - s * 0.42, 0.05), wind),
            rig.point(a.joint, (a.x - s * 1.12, a.y + 0.01), wind),
        ],
        tint,
        0.022,
        shade=0.5,
    )
    rig.capsule(
        (n.x - n.size * 0.75, n.y + n.size * 0.3),
        (n.x + n.size * 0.8, n.y - n.size * 0.35),
        n.size * 0.24,
        n.size * 0.24,
        _darker(tint),
        on=n.joint,
        shade=0.2,
    )


def _backpack(body: Anatomy, tint: Colour) -> None:
    a, rig = body.back, body.rig
    s = a.size
    if body.upright:
        rig.capsule(
            (a.x + s * 0.16, a.y + 0.03, s * 0.22),
            (a.x + s * 0.10, a.y - s * 0.52, s * 0.26),
            s * 0.050,
            s * 0.050,
            _darker(tint),
            on=a.joint,
            shade=0.0,
            line=0.2,
            alpha={"one": 0.1, "sin": 1.8} if body.rig.body_view > 0.3 else 1.0,
        )
        return
    x, y = a.x - s * 0.34, a.y
    rig.polygon(
        [(x - s * 0.22, y), (x + s * 0.22, y), (x + s * 0.20, y + s * 0.36), (x - s * 0.20, y + s * 0.36)],
        tint,
        0.025,
        on=a.joint,
        shade=0.5,
    )
    rig.capsule(
        (x - s * 0.20, y + s * 0.26),
        (x + s * 0.20, y + s * 0.26),
        s * 0.045,
        s * 0.045,
        _darker(tint),
        on=a.joint,
        shade=0.0,
        line=0.2,
    )
    rig.capsule(
        (x + s * 0.02, y, 0.06),
        (x + s * 0.06, y - s * 0.36, 0.08),
        s * 0.040,
        s * 0.040,
        _darker(tint),
        on=a.joint,
        shade=0.0,
        line=0.2,
    )


_WEAR = {
    "hat": _hat,
    "crown": _crown,
    "scarf": _scarf,
    "bow": _bow,
    "glasses": _glasses,
    "cape": _cape,
    "backpack": _backpack,
}
