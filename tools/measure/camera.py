"""Which camera move a measured flow amounts to.

The motion of all tiles over the shot is summed up as an affine field. A turn of the camera (pan, tilt) shifts every
tile alike; a camera that travels moves what is near more, and as the near is low in the frame, a truck shears the
rows and a crane stretches the picture vertically only; a dolly or a zoom stretches both ways, a roll shears both ways.

Distances are shares of the frame's width (x) or height (y), positive where the *camera* goes right or up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tools.measure.motion import Flow

STILL = 0.030
"""Shift, stretch or shear under which nothing of the kind happened; clouds and waves stay under it."""
TURN_SHEAR, TRAVEL_SHEAR = 0.17, 0.42
"""Shear of the rows as a share of the shift: below the first the camera turned, above the second it travelled."""
TILT_STRETCH, CRANE_STRETCH = 0.12, 0.45
"""The same for vertical stretch."""
ROLL = 0.10
EVEN_LOW, EVEN_HIGH = 0.45, 0.60
"""Horizontal as a share of vertical stretch: above the second a dolly, below the first a crane."""
UNSTEADY, SHAKE = 0.0042, 0.0080
DRIFT = 0.075
"""Sideways shift up to which it may be the sky and not the camera that moves."""
LEAST_TRUST = 0.12

PAIRED = {"left": ("pan left", "truck left"), "right": ("pan right", "truck right"), "up": ("tilt up", "crane up"),
          "down": ("tilt down", "crane down")}  # fmt: skip
SIDE_TURN, SIDE_TRAVEL = frozenset({"pan left", "pan right"}), frozenset({"truck left", "truck right"})
UP_TURN, UP_TRAVEL = frozenset({"tilt up", "tilt down"}), frozenset({"crane up", "crane down"})
IN_DEPTH = frozenset({"dolly in", "dolly out"})
FAR_PLACES = frozenset({"space", "sky"})
FALLING = frozenset({"snow", "rain", "storm"})


@dataclass(frozen=True)
class Field:
    """An affine field of motion over the whole shot, as the camera's own move (see the module)."""

    x: float
    y: float
    stretch_x: float
    stretch_y: float
    shear_rows: float
    shear_columns: float
    spread: float


@dataclass(frozen=True)
class CameraReading:
    """What the camera did.

    Attributes:
        whole, ground: the field of all tiles, and of the lower half, where no clouds drift.
        growth, turn: ln of the ratio of sizes and radians, from first to last frame, of most of the scenery.
        x_swing, turn_swing: range of the horizontal path and of the turn.
        stray: how far the picture strays from a smooth move (rms, shares of the height): a hand, or sharp bends.
        early: share of the horizontal travel that is done after 40 % of the time.
        burst: the largest share of the growth within 30 % of the time.
        trust: 0 to 1, the share of the scenery that has texture to follow, four-fold.
    """

    whole: Field
    ground: Field
    growth: float
    turn: float
    x_swing: float
    turn_swing: float
    stray: float
    early: float
    burst: float
    trust: float

    def __str__(self) -> str:
        field = self.whole
        return (f"shift {field.x:+.2f} w {field.y:+.2f} h, stretch {field.stretch_x:+.2f} {field.stretch_y:+.2f}, "
                f"shear {field.shear_rows:+.2f} {field.shear_columns:+.2f}, size ×{np.exp(self.growth):.2f}, "
                f"turn {np.degrees(self.turn):+.0f}°, stray {self.stray:.3f}")  # fmt: skip


def read_camera(flow: Flow, outside_PRC: np.ndarray | None = None) -> CameraReading:
    """Sum the flow up.

    Args:
        outside_PRC: 1 where a tile shows scenery, near 0 where it shows a subject.
    """
    path_x = np.concatenate([[0.0], -np.cumsum(flow.shift_P2[:, 0])])
    path_y = np.concatenate([[0.0], np.cumsum(flow.shift_P2[:, 1])])
    path_g = np.concatenate([[0.0], np.cumsum(flow.growth_P)])
    path_r = np.concatenate([[0.0], np.cumsum(flow.turn_P)])
    weight = flow.trust_PRC if outside_PRC is None else flow.trust_PRC * outside_PRC
    return CameraReading(
        whole=fit_field(flow, weight, 0.0), ground=fit_field(flow, weight, 0.5), growth=float(path_g[-1]),
        turn=float(path_r[-1]), x_swing=float(np.ptp(path_x)) / flow.aspect, turn_swing=float(np.ptp(path_r)),
        stray=_stray(path_x, path_y), early=_early(path_x), burst=_burst(path_g),
        trust=float(np.clip(4.0 * (weight > 0.3).mean(), 0.0, 1.0)),
    )  # fmt: skip


def fit_field(flow: Flow, weight_PRC: np.ndarray, top: float) -> Field:
    """The affine field of the tiles below ``top`` (0 is the top of the frame), by reweighted least squares."""
    rows, columns = flow.tiles_PRC2.shape[1:3]
    total = weight_PRC.sum(0)
    moved = (flow.tiles_PRC2 * weight_PRC[..., None]).sum(0) / np.maximum(total, 1e-6)[..., None] * flow.pairs
    y = (np.arange(rows) + 0.5) / rows - 0.5
    x = ((np.arange(columns) + 0.5) / columns - 0.5) * flow.aspect
    ys, xs = np.meshgrid(y, x, indexing="ij")
    enough = (total > 0.1 * np.quantile(total, 0.9)) & (ys + 0.5 >= top)
    weight = np.where(enough, np.minimum(total, 2.0 * np.median(total)), 0.0).reshape(-1)
    basis = np.stack([np.ones_like(xs), xs, ys], -1).reshape(-1, 3)
    values = moved.reshape(-1, 2)
    keep = np.ones(len(weight))
    answer, spread = np.zeros((3, 2)), 1.0
    if (weight > 0).sum() < 6:
        return Field(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, spread)
    for _ in range(8):
        w = weight * keep
        answer = np.linalg.solve(basis.T @ (basis * w[:, None]) + 1e-6 * np.eye(3), basis.T @ (values * w[:, None]))
        miss = np.linalg.norm(values - basis @ answer, axis=1)
        spread = max(0.008, 1.48 * float(np.median(miss[weight > 0])))
        keep = 1.0 / (1.0 + (miss / spread) ** 2) ** 1.5
    (a, d), (b, e), (c, f) = answer.tolist()
    return Field(-a / flow.aspect, d, b, f, -c, e, spread)


def _stray(path_x: np.ndarray, path_y: np.ndarray) -> float:
    """Root mean square distance from the best cubic in time: planned moves are smooth, a hand is not."""
    if len(path_x) < 8:
        return 0.0
    time = np.linspace(-1.0, 1.0, len(path_x))
    rest = [path - np.polyval(np.polyfit(time, path, 3), time) for path in (path_x, path_y)]
    return float(np.sqrt(np.mean(rest[0] ** 2 + rest[1] ** 2)))


def _early(path: np.ndarray) -> float:
    if abs(path[-1] - path[0]) < 1e-3:
        return 0.0
    return float((path[int(0.4 * (len(path) - 1))] - path[0]) / (path[-1] - path[0]))


def _burst(path: np.ndarray) -> float:
    total = path[-1] - path[0]
    span = max(1, round(0.3 * (len(path) - 1)))
    if abs(total) < 1e-3 or len(path) <= span:
        return 0.0
    return float(((path[span:] - path[:-span]) / total).max())


def possible_moves(seen: CameraReading, weather: str = "clear", setting: str = "") -> frozenset[str]:
    """The moves that the reading is consistent with: one where it is clear, several where it is not, none where the
    picture gives too little to follow.

    Args:
        weather: falling snow or rain looks like a camera that rises, so it leaves more moves possible.
        setting: where everything is far (``FAR_PLACES``) a camera that travels is hardly seen to.
    """
    sudden = _sudden(seen)
    if sudden:
        return frozenset({sudden})
    if seen.trust < LEAST_TRUST:
        return frozenset()
    moves = _steady(seen) | _perhaps(seen)
    if not _steady(seen):
        return frozenset()
    if setting in FAR_PLACES:
        moves |= {"sideways": SIDE_TRAVEL, "": SIDE_TRAVEL | UP_TRAVEL | IN_DEPTH}[_kind(moves)]
    if weather in FALLING and _kind(moves) != "sideways" and moves & (UP_TRAVEL | UP_TURN | IN_DEPTH | {"static"}):
        moves |= UP_TRAVEL | UP_TURN | IN_DEPTH | {"static"} if weather == "snow" else _same_way(moves) | {"static"}
        if abs(seen.whole.x) > STILL:
            moves |= SIDE_TRAVEL | SIDE_TURN  # what falls hides how far the scenery itself went sideways
    return moves


def _perhaps(seen: CameraReading) -> frozenset[str]:
    """Moves that a weak sign leaves possible beside what the field says."""
    w, extra = seen.whole, set()
    level = max(abs(w.y), abs(w.stretch_y)) < 2 * STILL or abs(w.x) > abs(w.y)
    if level and abs(seen.growth) > 0.03 and abs(w.x) < DRIFT:
        extra.add("dolly in" if seen.growth > 0 else "dolly out")
    if _is_still(replace(w, stretch_y=0.0)) and STILL < abs(w.stretch_y) < 2 * STILL:
        extra.add("crane up" if w.stretch_y > 0 else "crane down")
    if seen.stray > SHAKE and abs(w.x) < 0.10:
        extra.add("handheld")
    elif seen.stray > UNSTEADY and _is_still(w):
        extra |= {"handheld", "static"}
    return frozenset(extra)


def _is_still(w: Field) -> bool:
    return max(abs(w.x), abs(w.y), abs(w.stretch_x), abs(w.stretch_y)) < STILL


def _kind(moves: frozenset[str]) -> str:
    """``sideways`` for moves that go left or right, or turn about the line of sight, or shake."""
    return "sideways" if moves <= SIDE_TRAVEL | SIDE_TURN | {"roll", "handheld"} else ""


def _same_way(moves: frozenset[str]) -> frozenset[str]:
    """What rain may be confused with: turn and travel of the same way."""
    return frozenset(name for pair in PAIRED.values() for name in pair if moves & set(pair))


def _steady(seen: CameraReading) -> frozenset[str]:
    """Moves that are told by the field of the whole shot."""
    w = seen.whole
    shears = sorted((abs(w.shear_rows), abs(w.shear_columns)))
    if shears[0] > ROLL and shears[0] > 0.6 * shears[1] and w.shear_rows * w.shear_columns > 0:
        return frozenset({"roll"}) if seen.stray < 0.0065 else frozenset()
    across, along = abs(w.x), abs(w.y)
    swell = min(abs(w.stretch_x), abs(w.stretch_y)) if w.stretch_x * w.stretch_y > 0 else 0.0
    if across > max(STILL, 0.8 * along, 0.7 * swell):
        return _sideways(w.x, seen)
    if w.spread > max(0.12, 0.6 * max(along, swell)):
        return frozenset()
    if along <= STILL and 0.6 * STILL < swell <= 1.2 * STILL:
        return frozenset({"static", "dolly in" if w.stretch_y > 0 else "dolly out"})
    if swell > max(STILL, 0.35 * along) and abs(w.stretch_x) > EVEN_LOW * abs(w.stretch_y):
        return _in_depth(seen)
    if along > STILL:
        return _vertical(seen)
    if abs(w.stretch_y) > 2 * STILL:
        return frozenset({"dolly in", "crane up"} if w.stretch_y > 0 else {"dolly out", "crane down"})
    if seen.stray > SHAKE:
        return frozenset({"handheld"})
    return frozenset({"static"})


def _sudden(seen: CameraReading) -> str:
    """Moves that are told by their course in time."""
    w = seen.whole
    if seen.x_swing > 0.35 and seen.early > 0.85 and seen.stray > 0.010:
        return "whip pan"
    if seen.growth > 0.18 and seen.burst > 0.80 and seen.stray < 0.0065 and min(w.stretch_x, w.stretch_y) > 0.15:
        return "crash zoom"
    if seen.stray > 0.006 and seen.growth > 0.08 and seen.turn_swing > 0.05:
        return "bolt"
    if seen.stray > SHAKE and seen.x_swing < 0.14 and abs(seen.growth) < 0.06 and seen.turn_swing < 0.07:
        return "handheld"
    return ""


def _sideways(x: float, seen: CameraReading) -> frozenset[str]:
    way = "right" if x > 0 else "left"
    if abs(x) < DRIFT or abs(seen.ground.x) < STILL or x * seen.ground.x < 0:
        # So little, or only high up: it may be clouds or mist that drift.
        return frozenset({"static", *PAIRED[way]})
    share = seen.whole.shear_rows / (x * 1.78)
    return _either(way, share, TURN_SHEAR, TRAVEL_SHEAR)


def _vertical(seen: CameraReading) -> frozenset[str]:
    w = seen.whole
    strong = w.y if abs(w.y) > STILL else w.stretch_y
    share = w.stretch_y / w.y if abs(w.y) > 1e-6 else 9.0
    return _either("up" if strong > 0 else "down", share if share > 0 else -share, TILT_STRETCH, CRANE_STRETCH)


def _either(way: str, share: float, turned: float, travelled: float) -> frozenset[str]:
    turn, travel = PAIRED[way]
    if share < turned:
        return frozenset({turn})
    if share > travelled:
        return frozenset({travel})
    return frozenset({turn, travel})


def _in_depth(seen: CameraReading) -> frozenset[str]:
    w = seen.whole
    dolly = "dolly in" if w.stretch_y > 0 else "dolly out"
    crane = "crane up" if w.y > 0 else "crane down"
    if abs(w.stretch_x) > EVEN_HIGH * abs(w.stretch_y) and abs(w.y) < 0.4 * abs(w.stretch_y):
        return frozenset({dolly})
    return frozenset({dolly, crane})
