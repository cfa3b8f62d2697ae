"""A figure as one table: joints, legs and strokes that are all linear in the pose, so that a clip is one matmul.

The pose is extended by a constant and by the cosines and sines of the turn (:data:`DRIVES`). Every joint angle and
offset, stroke point, radius, opacity and colour is a row of weights over those drives. Angles and positions add up
along the skeleton by one multiplication with the ancestor matrix; legs are two-link inverse kinematics to foot targets.

Bodies are described in three dimensions, facing right: x forwards, y up, z towards the viewer, in standing heights.
A turn projects them: ``x' = x·cos − z·sin``, so that the middle of a turn shows the figure from the front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from models.world.figures.channels import CHANNELS
from models.world.strokes import CAPSULE, CORNERS, ELLIPSE, POLYGON

DRIVES: tuple[str, ...] = (
    *CHANNELS,
    "one",
    "cos",  # of the body's turn; 1 in the resting view
    "sin",
    "head_cos",
    "head_sin",
    "up",
    "out",  # inner wing, times how far it is open: sine and cosine of its elevation
    "tip_up",
    "tip_out",
)
DRIVE: dict[str, int] = {name: index for index, name in enumerate(DRIVES)}

Weights = dict[str, float]
Spot = Sequence[float]
Colour = tuple[float, float, float]
Tint = Colour | dict[str, Colour]
"""A colour, or what every drive adds to it."""


@dataclass(frozen=True)
class Table:
    """A compiled figure. E drives, J joints, L legs, U points, K strokes; see the module's text.

    ``matrix_EN`` holds, side by side: joint angles, joint offsets (x, y, z), points (x, y, z), radii, opacities,
    colours, feet (x, y, toe angle). ``front_K`` tells the strokes that are painted in front of a rider, ``window_K``
    those through which a rider is seen.
    """

    matrix_EN: torch.Tensor
    ancestors_JJ: torch.Tensor
    segment_head_J: torch.Tensor
    legs: tuple[torch.Tensor, ...]
    point_joint_U: torch.Tensor
    point_head_U: torch.Tensor
    point_thick_U: torch.Tensor
    point_turns_U: torch.Tensor
    corner_KC: torch.Tensor
    swap_K: torch.Tensor
    kind_K: torch.Tensor
    looks_4K: torch.Tensor
    views: tuple[float, float]
    names: tuple[str, ...]
    widths: tuple[int, ...]
    front_K: torch.Tensor
    window_K: torch.Tensor

    def to(self, device: torch.device) -> Table:
        tensors: dict[str, Any] = {k: v.to(device) for k, v in self.__dict__.items() if isinstance(v, torch.Tensor)}
        return replace(self, **tensors, legs=tuple(leg.to(device) for leg in self.legs))


@dataclass
class _Stroke:
    kind: int
    corners: list[int]
    radii: tuple[Weights, Weights]
    colour: dict[str, Colour]
    alpha: Weights
    look: tuple[float, float, float, float]
    key: str
    side: int
    front: bool
    window: bool


@dataclass
class Rig:
    """Collects the joints, legs and strokes of one figure; :meth:`compile` makes the table.

    ``body_view`` and ``head_view`` (radians) turn the resting figure from pure profile towards the viewer. Strokes
    added while ``front`` is set are in front of who rides in the figure.
    """

    body_view: float = 0.0
    head_view: float = 0.0
    _joints: list[tuple[str, int, Weights, tuple[Weights, Weights, Weights], bool]] = field(default_factory=list)
    _legs: list[tuple[int, float, float, float, tuple[Weights, Weights, Weights], float]] = field(default_factory=list)
    _leg_names: list[str] = field(default_factory=list)
    _points: list[tuple[str, tuple[Weights, Weights, Weights], float, bool]] = field(default_factory=list)
    _strokes: list[_Stroke] = field(default_factory=list)
    front: bool = False

    def __post_init__(self) -> None:
        self._joints.append(("root", -1, {}, ({}, {}, {}), False))

    def joint(
        self,
        name: str,
        parent: str,
        at: Spot,
        *,
        angle: float = 0.0,
        drive: Weights | None = None,
        shift: Mapping[str, Spot] | None = None,
        head: bool = False,
    ) -> str:
        """A joint hung on ``parent`` at ``at`` (x, y[, z]).

        ``drive`` adds channels to its angle, ``shift`` moves its place by channels; ``head`` makes it and everything
        below turn with the head.
        """
        index = self._index(parent)
        below = head or self._joints[index][4]
        angles = {"one": angle, **(drive or {})}
        self._joints.append((name, index, angles, _spot(at, shift), below))
        return name

    def leg(
        self,
        name: str,
        hip: str,
        foot: Spot,
        upper: float,
        lower: float,
        slot: int,
        *,
        bend: float = 1.0,
        shift: Mapping[str, Spot] | None = None,
    ) -> None:
        """A two-segment leg from joint ``hip`` to a foot that rests at ``foot`` and follows channels of ``slot``.

        Makes the joints ``name.knee`` and ``name.foot``. ``bend`` 1 bends the knee forwards, -1 backwards.
        """
        x, y, _ = _spot(foot, shift)
        x[f"foot{slot}_x"] = 1.0
        y[f"foot{slot}_y"] = 1.0
        depth = foot[2] if len(foot) > 2 else 0.0
        self._legs.append((self._index(hip), upper, lower, bend, (x, y, {f"toe{slot}": 1.0}), depth))
        self._leg_names.append(name)

    def capsule(
        self,
        a: Spot | str,
        b: Spot | str,
        ra: float | Weights,
        rb: float | Weights | None,
        colour: Tint,
        *,
        on: str = "root",
        to: str | None = None,
        **rest: Any,
    ) -> None:
        """A limb from ``a`` on joint ``on`` to ``b`` on joint ``to`` (default the same)."""
        first = self._point(on, a, rest)
        second = self._point(to or on, b, rest)
        self._add(CAPSULE, [first, second], ra, ra if rb is None else rb, colour, rest)

    def circle(self, c: Spot, r: float | Weights, colour: Tint, *, on: str = "root", **rest: Any) -> None:
        point = self._point(on, c, rest)
        self._add(CAPSULE, [point, point], r, r, colour, rest)

    def ellipse(
        self,
        c: Spot,
        wide: float,
        high: float,
        colour: Tint,
        *,
        on: str = "root",
        tilt: float = 0.0,
        grow: dict[str, float] | None = None,
        deep: float | None = None,
        **rest: Any,
    ) -> None:
        """An ellipse with half-width ``wide`` and half-height ``high``, turned by ``tilt``.

        It looks as wide from the front as from the side, unless ``deep`` gives its half-extent seen from there.
        ``grow`` adds to the half-height by channel.
        """
        c = (*c, 0.0)[:3]
        if deep is not None:
            end = (c[0] + wide * np.cos(tilt), c[1] + wide * np.sin(tilt), c[2])
            corners = [self._point(on, c, rest), self._point(on, end, rest, deep)]
            self._add(ELLIPSE, corners, high, high, colour, rest)
            return
        end = (c[0] - high * np.sin(tilt), c[1] + high * np.cos(tilt), c[2])
        moves = dict(rest.pop("shift", {}) or {})
        centre = self._point(on, c, {"shift": moves})
        for channel, amount in (grow or {}).items():
            old = (*moves.get(channel, (0.0, 0.0)), 0.0)[:3]
            moves[channel] = (old[0] - amount * np.sin(tilt), old[1] + amount * np.cos(tilt), old[2])
        self._add(ELLIPSE, [centre, self._point(on, end, {"shift": moves})], wide, wide, colour, rest)

    def polygon(
        self,
        corners: Sequence[Spot],
        colour: Tint,
        rounding: float = 0.0,
        *,
        on: str = "root",
        thick: float = 0.0,
        **rest: Any,
    ) -> None:
        """A convex polygon of three to six corners; ``thick`` is its half-extent seen from the front."""
        middle = sum(corner[0] for corner in corners) / len(corners)
        indices = [self._point(on, c, rest, thick * float(np.sign(c[0] - middle))) for c in corners]
        self._add(POLYGON, indices, rounding, rounding, colour, rest)

    def point(self, on: str, at: Spot, shift: Mapping[str, Spot] | None = None, *, level: bool = False) -> int:
        """A corner for :meth:`polygon_of`, moved by ``shift``; a ``level`` one does not turn with its joint."""
        return self._point(on, at, {"shift": shift}, level=level)

    def has_joint(self, name: str) -> bool:
        return any(joint[0] == name for joint in self._joints)

    def polygon_of(self, corners: list[int], colour: Tint, rounding: float | Weights, **rest: Any) -> None:
        """A convex polygon of corners made by :meth:`point`."""
        self._add(POLYGON, corners, rounding, rounding, colour, rest)

    def capsule_of(self, a: int, b: int, ra: float | Weights, rb: float | Weights, colour: Tint, **rest: Any) -> None:
        """A capsule between ends made by :meth:`point`."""
        self._add(CAPSULE, [a, b], ra, rb, colour, rest)

    @property
    def stroke_count(self) -> int:
        return len(self._strokes)

    def send_back(self, first: int) -> None:
        """Paint the strokes from index ``first`` on before all others."""
        self._strokes[:] = self._strokes[first:] + self._strokes[:first]

    def _index(self, name: str) -> int:
        for index, joint in enumerate(self._joints):
            if joint[0] == name:
                return index
        raise KeyError(f"the figure has no joint {name!r}")

    def _point(self, on: str, at: Spot | str, rest: dict[str, Any], thick: float = 0.0, level: bool = False) -> int:
        if isinstance(at, str):
            on, at = at, (0.0, 0.0)
        shift = rest.get("shift")
        self._points.append((on, _spot(at, shift), thick, level))
        return len(self._points) - 1

    def _add(
        self,
        kind: int,
        corners: list[int],
        ra: float | Weights,
        rb: float | Weights,
        colour: Tint,
        rest: dict[str, Any],
    ) -> None:
        rest.pop("shift", None)
        alpha, key, side = rest.pop("alpha", 1.0), str(rest.pop("key", "")), int(rest.pop("side", 0))
        shade, glow = float(rest.pop("shade", 0.35)), float(rest.pop("glow", 0.0))
        soft, line = float(rest.pop("soft", 0.0)), float(rest.pop("line", 1.0))
        window = bool(rest.pop("window", False))
        if rest:
            raise TypeError(f"unknown look of a stroke: {', '.join(rest)}")
        paint = dict(colour) if isinstance(colour, dict) else {"one": colour}
        if side:
            paint = _far_is_darker(paint["one"], side)
        corners = corners + [corners[-1]] * (CORNERS - len(corners))
        radii = (_weights(ra), _weights(rb))
        self._strokes.append(
            _Stroke(
                kind, corners, radii, paint, _weights(alpha), (shade, glow, soft, line), key, side, self.front, window
            )
        )

    def compile(self) -> Table:
        """The table of this figure."""
        names = [joint[0] for joint in self._joints]
        for name in self._leg_names:
            names += [f"{name}.knee", f"{name}.foot"]
        where = {name: index for index, name in enumerate(names)}
        columns: list[Weights] = [joint[2] for joint in self._joints]
        columns += [axis for joint in self._joints for axis in joint[3]]
        columns += [axis for point in self._points for axis in point[1]]
        columns += [radius for stroke in self._strokes for radius in stroke.radii]
        columns += [stroke.alpha for stroke in self._strokes]
        columns += [{d: c[i] for d, c in stroke.colour.items()} for stroke in self._strokes for i in range(3)]
        columns += [axis for leg in self._legs for axis in leg[4]]
        matrix = np.zeros((len(DRIVES), len(columns)), np.float32)
        cells = [(DRIVE[d], n, v) for n, column in enumerate(columns) for d, v in column.items()]
        rows, places, values = zip(*cells, strict=True)
        matrix[list(rows), list(places)] = values
        joints, strokes = len(self._joints), self._strokes
        on = [where[point[0]] for point in self._points]
        heads = [joint[4] for joint in self._joints] + [False] * (2 * len(self._legs))
        leg = [np.array([x[i] for x in self._legs]) for i in (0, 1, 2, 3, 5)]
        looks = np.array([stroke.look for stroke in strokes], np.float32).T
        return Table(
            torch.from_numpy(matrix),
            torch.from_numpy(self._ancestors()),
            torch.tensor([joint[1] >= 0 and heads[joint[1]] for joint in self._joints], dtype=torch.float32),
            (torch.from_numpy(leg[0].astype(np.int64)), *(torch.from_numpy(v.astype(np.float32)) for v in leg[1:])),
            torch.tensor(on),
            torch.tensor([heads[i] for i in on], dtype=torch.float32),
            torch.tensor([point[2] for point in self._points], dtype=torch.float32),
            torch.tensor([not point[3] for point in self._points], dtype=torch.float32),
            torch.tensor([stroke.corners for stroke in strokes]),
            torch.from_numpy(self._swaps()),
            torch.tensor([stroke.kind for stroke in strokes]),
            torch.from_numpy(np.ascontiguousarray(looks)),
            (self.body_view, self.head_view),
            tuple(names),
            (
                joints,
                3 * joints,
                3 * len(self._points),
                2 * len(strokes),
                len(strokes),
                3 * len(strokes),
                3 * len(self._legs),
            ),
            torch.tensor([stroke.front for stroke in strokes]),
            torch.tensor([stroke.window for stroke in strokes]),
        )

    def _ancestors(self) -> np.ndarray:
        """(J, J), 1 where the row's joint is the column's joint or above it."""
        above = np.eye(len(self._joints), dtype=np.float32)
        for index, joint in enumerate(self._joints):
            if joint[1] >= 0:
                above[:, index] += above[:, joint[1]]
        return above

    def _swaps(self) -> np.ndarray:
        """Which stroke is painted in place of each when the figure faces left: the other of a near and far pair."""
        swap = np.arange(len(self._strokes))
        sides: dict[tuple[str, int], int] = {}
        for index, stroke in enumerate(self._strokes):
            if stroke.key:
                sides[stroke.key, stroke.side] = index
        for (key, side), index in sides.items():
            swap[index] = sides.get((key, -side), index)
        return swap


def _spot(at: Spot, shift: Mapping[str, Spot] | None) -> tuple[Weights, Weights, Weights]:
    axes: tuple[Weights, Weights, Weights] = ({}, {}, {})
    for drive, move in (("one", at), *(shift or {}).items()):
        for axis, value in zip(axes, move, strict=False):
            if value:
                axis[drive] = axis.get(drive, 0.0) + float(value)
    return axes


def _far_is_darker(colour: Colour, side: int, amount: float = 0.15) -> dict[str, Colour]:
    """A limb's colour: ``amount`` darker when the turn brings its side away from the viewer."""
    base, swing = 1 - amount / 2, side * amount / 2
    red, green, blue = colour
    return {"one": (red * base, green * base, blue * base), "cos": (red * swing, green * swing, blue * swing)}


def _weights(value: float | Weights) -> Weights:
    return dict(value) if isinstance(value, dict) else {"one": float(value)}
