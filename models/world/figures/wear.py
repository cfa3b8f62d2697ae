"""What is worn and what is carried, fitted to any body by its anchors."""

from __future__ import annotations

from models.world import vocabulary
from models.world.figures.anatomy import FACING, Anatomy
from models.world.figures.palette import INK, IVORY, Colour, mix
from models.world.figures.rig import Rig, Spot

_WOOD: Colour = (0.55, 0.37, 0.22)


def _darker(colour: Colour) -> Colour:
    return mix(colour, INK, 0.28)


def wear_behind(body: Anatomy, name: str, colour: str) -> None:
    """The part of an accessory that is behind the body: called before the body is drawn."""
    tint = vocabulary.COLOURS[colour]
    at, rig = body.back, body.rig
    if name == "cape" and body.upright:
        n, s = body.neck, at.size
        wind = {"effort": (-0.16, 0.10), "tail": (-0.05, 0.0)}
        rig.polygon_of([rig.point(at.joint, (at.x - n.size * 0.9, at.y + 0.05, at.z)), rig.point(at.joint, (at.x + n.size * 0.5, at.y + 0.05, at.z)),
                        rig.point(at.joint, (at.x + s * 0.16, at.y - s * 1.20, at.z), wind), rig.point(at.joint, (at.x - s * 0.66, at.y - s * 1.15, at.z), wind)],
                       tint, 0.022, shade=0.5)  # fmt: skip
    if name == "backpack" and body.upright:
        s, y = at.size, at.y
        rig.polygon([(at.x - s * 0.58, y - s * 0.90), (at.x - s * 0.10, y - s * 0.90), (at.x - s * 0.10, y), (at.x - s * 0.50, y)], tint, 0.03,
                    on=at.joint, shade=0.5, thick=s * 0.15)  # fmt: skip
        rig.polygon([(at.x - s * 0.66, y - s * 0.80), (at.x - s * 0.40, y - s * 0.80), (at.x - s * 0.40, y - s * 0.42), (at.x - s * 0.66, y - s * 0.42)], _darker(tint),
                    0.016, on=at.joint, shade=0.4, thick=s * 0.1)  # fmt: skip


def wear(body: Anatomy, name: str, colour: str) -> None:
    """The part of an accessory that is on top of the body."""
    _WEAR[name](body, vocabulary.COLOURS[colour])


def _hat(body: Anatomy, tint: Colour) -> None:
    a, rig = body.top, body.rig
    s = a.size * 1.22
    rig.polygon([(a.x - s * 0.62, a.y), (a.x + s * 0.62, a.y), (a.x + s * 0.50, a.y + s * 0.85), (a.x - s * 0.50, a.y + s * 0.85)], tint, s * 0.12, on=a.joint,
                thick=s * 0.1)  # fmt: skip
    rig.capsule((a.x - s * 0.60, a.y + s * 0.16), (a.x + s * 0.60, a.y + s * 0.16), s * 0.11, s * 0.11, _darker(tint), on=a.joint, shade=0.0, line=0.0)
    rig.capsule((a.x - s * 1.12, a.y - s * 0.04), (a.x + s * 1.18, a.y - s * 0.04), s * 0.12, s * 0.12, tint, on=a.joint)


def _crown(body: Anatomy, tint: Colour) -> None:
    a, rig = body.top, body.rig
    s = a.size * 1.2
    for x in (-0.62, 0.0, 0.62):
        rig.polygon([(a.x + s * (x - 0.30), a.y + s * 0.12), (a.x + s * (x + 0.30), a.y + s * 0.12), (a.x + s * x * 1.12, a.y + s * 0.78)], tint, s * 0.05,
                    on=a.joint)  # fmt: skip
    rig.capsule((a.x - s * 0.74, a.y + s * 0.10), (a.x + s * 0.74, a.y + s * 0.10), s * 0.17, s * 0.17, tint, on=a.joint)
    jewel = (0.90, 0.20, 0.30) if tint[0] < 0.8 or tint[1] > 0.5 else (0.30, 0.60, 0.95)
    rig.circle((a.x + s * 0.1, a.y + s * 0.11), s * 0.11, jewel, on=a.joint, shade=0.0, line=0.0)


def _scarf(body: Anatomy, tint: Colour) -> None:
    a, rig = body.neck, body.rig
    s = a.size
    fold, end = s * 0.34, s * 1.5
    # On a level body the neck rises forwards, and the scarf goes across it.
    slope = 0.06 if body.upright else -0.42
    rig.capsule((a.x - s * 0.86, a.y - slope * s, 0), (a.x + s * 0.86, a.y + slope * s, 0), fold, fold, tint, on=a.joint)
    rig.capsule((a.x - s * 0.55, a.y - slope * s - s * 0.1, s * 0.5), (a.x - s * 0.95, a.y - end, s * 0.5), fold * 0.72, fold * 0.82, tint, on=a.joint,
                shift={"effort": (-s * 1.1, s * 1.0), "tail": (-s * 0.4, 0)})  # fmt: skip
    rig.capsule((a.x - s * 0.5, a.y - slope * s, s * 0.6), (a.x - s * 0.62, a.y - slope * s - 0.08 * s, s * 0.6), fold * 0.95, fold * 0.9, _darker(tint), on=a.joint, shade=0.2,
                line=0.2)  # fmt: skip


def _bow(body: Anatomy, tint: Colour) -> None:
    a, rig = body.neck, body.rig
    s = a.size * 0.85
    x, y, z = a.x + a.size * 0.75, a.y, 0.0
    for side in (-1, 1):
        rig.polygon([(x, y, z), (x + side * s * 0.62, y + s * 0.42, -side * s * 0.2), (x + side * s * 0.62, y - s * 0.42, -side * s * 0.2)], tint, s * 0.10, on=a.joint)
    rig.circle((x, y, z), s * 0.24, _darker(tint), on=a.joint, line=0.4)


def _glasses(body: Anatomy, tint: Colour) -> None:
    a, rig = body.eyes, body.rig
    s = a.size
    alpha = FACING if a.joint == "head" else {"one": 1.0}
    flat = a.joint != "head"
    for side in (-1, 1):
        at = (a.x + side * s * 0.62, a.y, 0.0) if flat else (a.x + 0.01, a.y, side * s)
        rig.circle(at, s * 0.60, tint, on=a.joint, alpha=alpha, shade=0.1, line=0.4)
        rig.circle(at, s * 0.42, (0.93, 0.97, 1.0), on=a.joint, alpha=alpha, shade=0.0, line=0.0)
        rig.ellipse((at[0] + 0.04 * s, at[1], at[2]), s * 0.19, s * 0.26, INK, on=a.joint, alpha=alpha, shade=0.0, line=0.0, grow={"blink": -0.24 * s})
    ends = ((a.x - s * 0.1, a.y), (a.x + s * 0.1, a.y)) if flat else ((a.x + 0.01, a.y, -s * 0.45), (a.x + 0.01, a.y, s * 0.45))
    rig.capsule(ends[0], ends[1], s * 0.10, s * 0.10, tint, on=a.joint, alpha=alpha, shade=0.0, line=0.0)


def _cape(body: Anatomy, tint: Colour) -> None:
    a, rig, n = body.back, body.rig, body.neck
    if body.upright:
        rig.capsule((n.x - n.size * 0.9, n.y, 0), (n.x + n.size * 0.8, n.y, 0), n.size * 0.26, n.size * 0.26, _darker(tint), on=n.joint, shade=0.2)
        return
    s = a.size
    wind = {"effort": (-0.10, 0.12), "tail": (-0.03, 0.02)}
    rig.polygon_of([rig.point(a.joint, (a.x, a.y + 0.015)), rig.point(a.joint, (a.x + 0.02, a.y - s * 0.30, 0.05)),
                    rig.point(a.joint, (a.x - s * 0.95, a.y - s * 0.42, 0.05), wind), rig.point(a.joint, (a.x - s * 1.12, a.y + 0.01), wind)],
                   tint, 0.022, shade=0.5)  # fmt: skip
    rig.capsule((n.x - n.size * 0.75, n.y + n.size * 0.3), (n.x + n.size * 0.8, n.y - n.size * 0.35), n.size * 0.24, n.size * 0.24, _darker(tint), on=n.joint, shade=0.2)


def _backpack(body: Anatomy, tint: Colour) -> None:
    a, rig = body.back, body.rig
    s = a.size
    if body.upright:
        rig.capsule((a.x + s * 0.16, a.y + 0.03, s * 0.22), (a.x + s * 0.10, a.y - s * 0.52, s * 0.26), s * 0.050, s * 0.050, _darker(tint), on=a.joint, shade=0.0, line=0.2,
                    alpha={"one": 0.1, "sin": 1.8} if body.rig.body_view > 0.3 else 1.0)  # fmt: skip
        return
    x, y = a.x - s * 0.34, a.y
    rig.polygon([(x - s * 0.22, y), (x + s * 0.22, y), (x + s * 0.20, y + s * 0.36), (x - s * 0.20, y + s * 0.36)], tint, 0.025, on=a.joint, shade=0.5)
    rig.capsule((x - s * 0.20, y + s * 0.26), (x + s * 0.20, y + s * 0.26), s * 0.045, s * 0.045, _darker(tint), on=a.joint, shade=0.0, line=0.2)
    rig.capsule((x + s * 0.02, y, 0.06), (x + s * 0.06, y - s * 0.36, 0.08), s * 0.040, s * 0.040, _darker(tint), on=a.joint, shade=0.0, line=0.2)


_WEAR = {
    "hat": _hat, "crown": _crown, "scarf": _scarf, "bow": _bow, "glasses": _glasses, "cape": _cape, "backpack": _backpack,
}  # fmt: skip


def hold(body: Anatomy, thing: str, drive: str, share: float) -> None:
    """A carried thing that is there as far as channel ``drive`` says; ``share`` is its scale in standing heights."""
    rig, a = body.rig, body.hold
    joint, spot = a.joint, (a.x, a.y, a.z)
    if rig.has_joint(joint):
        joint, spot = rig.joint(f"held.{drive}", joint, spot), (0.0, 0.0, 0.0)
    _HOLD[thing](_Held(rig, joint, spot, drive, share * a.size, body.hang))


class _Held:
    """Draws the parts of a held thing: everything scales and fades in with its channel."""

    def __init__(self, rig: Rig, joint: str, spot: Spot, drive: str, scale: float, hang: bool) -> None:
        self.rig, self.joint, self.spot, self.drive, self.s, self.hang = rig, joint, spot, drive, scale, hang

    def _at(self, spot: tuple[float, float]) -> int:
        return self.rig.point(self.joint, self.spot, {self.drive: (spot[0] * self.s, spot[1] * self.s)}, level=True)

    def _look(self, rest: dict[str, float]) -> dict[str, object]:
        return {**rest, "alpha": {self.drive: rest.get("alpha", 1.0)}}

    def capsule(self, a: tuple[float, float], b: tuple[float, float], ra: float, rb: float, tint: Colour, **rest: float) -> None:
        first, second = (self._at(p) for p in (a, b))
        radii = [{self.drive: r * self.s} for r in (ra, rb)]
        self.rig.capsule_of(first, second, *radii, tint, **self._look(rest))

    def circle(self, c: tuple[float, float], r: float, tint: Colour, **rest: float) -> None:
        self.capsule(c, c, r, r, tint, **rest)

    def polygon(self, corners: list[tuple[float, float]], tint: Colour, rounding: float, **rest: float) -> None:
        points = [self._at(p) for p in corners]
        self.rig.polygon_of(points, tint, {self.drive: rounding * self.s}, **self._look(rest))


def _held_lantern(h: _Held) -> None:
    y = -0.30 if h.hang else 0.28
    h.circle((0, y), 0.36, (1.0, 0.86, 0.45), glow=1.0, shade=0.0, line=0.0, soft=0.16, alpha=0.30)
    h.capsule((0, y + 0.30), (0, y + 0.16), 0.02, 0.02, (0.30, 0.25, 0.22))
    h.polygon([(-0.13, y - 0.18), (0.13, y - 0.18), (0.11, y + 0.12), (-0.11, y + 0.12)], (1.0, 0.84, 0.36), 0.03, glow=0.9, shade=0.1)
    h.capsule((-0.14, y + 0.15), (0.14, y + 0.15), 0.045, 0.045, (0.36, 0.28, 0.22))
    h.capsule((-0.15, y - 0.21), (0.15, y - 0.21), 0.045, 0.045, (0.36, 0.28, 0.22))


def _held_ball(h: _Held) -> None:
    y = -0.16 if h.hang else 0.20
    h.circle((0, y), 0.23, (0.90, 0.25, 0.22), shade=0.6)
    h.capsule((-0.17, y), (0.17, y), 0.06, 0.06, IVORY, shade=0.0, line=0.0)


def _held_balloon(h: _Held) -> None:
    h.capsule((0, 0), (-0.10, 1.22), 0.016, 0.016, (0.45, 0.40, 0.42), shade=0.0, line=0.2)
    h.polygon([(-0.16, 1.18), (-0.04, 1.18), (-0.10, 1.28)], (0.86, 0.22, 0.32), 0.01)
    h.capsule((-0.10, 1.50), (-0.10, 1.57), 0.25, 0.29, (0.92, 0.26, 0.36), shade=0.6)
    h.capsule((-0.21, 1.64), (-0.17, 1.71), 0.04, 0.035, (1.0, 0.85, 0.88), shade=0.0, line=0.0)


def _held_flower(h: _Held) -> None:
    h.capsule((0, -0.12), (0.06, 0.34), 0.022, 0.020, (0.25, 0.55, 0.25), line=0.4)
    h.capsule((0.02, 0.08), (0.14, 0.14), 0.03, 0.05, (0.30, 0.62, 0.28), line=0.4)
    for x, y in ((0.0, 0.13), (0.125, 0.04), (0.08, -0.11), (-0.08, -0.11), (-0.125, 0.04)):
        h.circle((0.06 + x, 0.40 + y), 0.085, (0.97, 0.55, 0.70), shade=0.1, line=0.4)
    h.circle((0.06, 0.40), 0.075, (0.99, 0.82, 0.25), shade=0.1, line=0.0)


def _held_box(h: _Held) -> None:
    y = -0.14 if h.hang else 0.19
    h.polygon([(-0.20, y - 0.17), (0.20, y - 0.17), (0.20, y + 0.15), (-0.20, y + 0.15)], (0.78, 0.58, 0.34), 0.025, shade=0.4)
    h.capsule((0, y - 0.17), (0, y + 0.15), 0.035, 0.035, (0.85, 0.25, 0.28), shade=0.0, line=0.0)
    h.capsule((-0.21, y + 0.06), (0.21, y + 0.06), 0.022, 0.022, (0.62, 0.44, 0.25), shade=0.0, line=0.0)


def _held_umbrella(h: _Held) -> None:
    h.capsule((0.04, -0.26), (-0.22, 1.22), 0.028, 0.028, _WOOD, line=0.3)
    tint = (0.28, 0.52, 0.80)
    h.polygon([(-1.06, 1.06), (0.66, 1.22), (0.46, 1.52), (0.06, 1.72), (-0.46, 1.67), (-0.88, 1.39)], tint, 0.04, shade=0.5)
    h.polygon([(-0.50, 1.13), (0.08, 1.185), (0.0, 1.66), (-0.36, 1.64)], mix(tint, IVORY, 0.65), 0.03, shade=0.2, line=0.0)
    h.capsule((-0.21, 1.70), (-0.23, 1.82), 0.03, 0.015, _WOOD, line=0.3)


def _held_book(h: _Held) -> None:
    y = -0.06 if h.hang else 0.20
    h.polygon([(-0.27, y - 0.17), (0.27, y - 0.17), (0.27, y + 0.17), (-0.27, y + 0.17)], (0.55, 0.20, 0.30), 0.025)
    h.polygon([(-0.23, y - 0.14), (-0.012, y - 0.15), (-0.012, y + 0.16), (-0.23, y + 0.17)], IVORY, 0.012, shade=0.0, line=0.2)
    h.polygon([(0.23, y - 0.14), (0.012, y - 0.15), (0.012, y + 0.16), (0.23, y + 0.17)], IVORY, 0.012, shade=0.0, line=0.2)


_HOLD = {
    "lantern": _held_lantern, "ball": _held_ball, "balloon": _held_balloon, "flower": _held_flower, "box": _held_box,
    "umbrella": _held_umbrella, "book": _held_book,
}  # fmt: skip
