"""Where the camera is in every frame.

A pan or a tilt turns the camera: everything shifts alike. A truck, a crane or a dolly moves it: near layers shift and
grow more than far ones. A layer of parallax p lies 1/p times as far away as the actors, so a camera that has come
``a`` closer (the actors' distance is 1) sees it 1 / (1 - a p) times as large.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from models.world.draw import View
from models.world.performance import Performance, Track
from models.world.scene import Actor, Scene
from models.world.vocabulary import SUBJECTS

MIDDLE_Y = 0.25
"""Stage y of the middle of a wide frame."""
_STEPS_BACK = 5
"""How often the camera may step back by 6 % to keep everybody in view."""
FRAMED = {"medium": 0.60, "close": 1.05}
"""Height of the focus actor as a share of the frame height."""


@dataclass(frozen=True)
class CameraPath:
    """Tensors are float32 (F,).

    Attributes:
        x, y: stage point at the middle of the frame, on the plane of the actors.
        zoom: 1 is a wide frame (height 1.0); framing and lens together, without the dolly.
        roll: radians; positive turns the picture counter-clockwise.
        dolly: how far the camera has moved in, as a share of its distance from the actors.
        truck_x, truck_y: the part of x and y that is a move of the camera and not a turn.
        lens: the part of ``zoom`` that is a change of lens and not of place.
        framing: the part of ``zoom`` that comes from standing closer; constant.
        home_x, home_y: the stage point framed; constant.
        blur: length of the motion blur in frame widths.
        describe: what the move amounts to: ``pan_x pan_y truck_x truck_y`` (last minus first, in frame widths and
            heights; right and up positive), ``zoom`` and ``dolly`` (ratio of sizes, last to first), ``roll`` (radians).
    """

    x: torch.Tensor
    y: torch.Tensor
    zoom: torch.Tensor
    roll: torch.Tensor
    dolly: torch.Tensor
    truck_x: torch.Tensor
    truck_y: torch.Tensor
    lens: torch.Tensor
    framing: float
    home_x: float
    home_y: float
    blur: torch.Tensor
    describe: dict[str, float]

    def view(self, parallax: float, height_px: int, width_px: int) -> View:
        """How a layer of this parallax is seen. The actors' plane is parallax 1."""
        near = 1.0 - 1.0 / self.framing
        closer = (near + (1.0 - near) * self.dolly) * parallax
        scale = self.lens / (1.0 - closer).clamp_min(0.12)
        turn_x, turn_y = self.x - self.home_x - self.truck_x, self.y - self.home_y - self.truck_y
        # A turn shifts every layer by the same share of the frame, so in a layer's own units by 1 / its scale.
        alike = (self.zoom / (1.0 - self.dolly)) / scale if parallax != 1.0 else torch.ones_like(scale)
        x = (self.home_x + self.truck_x) * parallax + turn_x * alike
        y = MIDDLE_Y + (self.home_y - MIDDLE_Y + self.truck_y) * parallax + turn_y * alike
        return View(x, y, scale * height_px, self.roll, height_px, width_px)

    @property
    def moves_in_depth(self) -> bool:
        """Whether layers move against each other."""
        still = float(self.truck_x.abs().max() + self.truck_y.abs().max()) < 1e-7
        return not (still and float(self.dolly.abs().max()) < 1e-7)

    @property
    def stands_still(self) -> bool:
        return all(float((v - v[0]).abs().max()) < 1e-7 for v in (self.x, self.y, self.zoom, self.roll, self.dolly))


@dataclass
class _Move:
    """A move as shares of the frame, before it is put in stage units; tensors (F,) or 0."""

    pan_x: torch.Tensor
    pan_y: torch.Tensor
    truck_x: torch.Tensor
    truck_y: torch.Tensor
    lens: torch.Tensor
    dolly: torch.Tensor
    roll: torch.Tensor


def path(scene: Scene, performance: Performance, aspect: float, times_F: torch.Tensor) -> CameraPath:
    """The camera of a scene at the given times.

    Args:
        scene: what is filmed and how.
        performance: at the same times; says where the actors are.
        aspect: width over height of the frame.
        times_F: seconds from the first frame.
    """
    move = _moved(scene, times_F)
    zoom = _framing(scene, performance, aspect)
    settled = move.pan_x.abs() < 0.3 if scene.camera.move == "whip pan" else torch.ones_like(times_F, dtype=torch.bool)
    for _ in range(_STEPS_BACK):
        home_x, home_y, missing = _home(scene, performance, aspect, zoom, move, settled)
        if missing <= 0.0:
            break
        zoom *= 0.94
    wide = max(1.0, zoom)
    lens0 = zoom / wide
    frame_w, frame_h = aspect / zoom, 1.0 / zoom
    turn_x, turn_y = move.pan_x * frame_w, move.pan_y * frame_h
    truck_x, truck_y = move.truck_x * frame_w, move.truck_y * frame_h
    x, y = home_x + turn_x + truck_x, home_y + turn_y + truck_y
    speed = torch.zeros_like(x)
    if scene.camera.move == "whip pan" and len(x) > 1:
        speed[1:] = (move.pan_x[1:] - move.pan_x[:-1]).abs()
        speed[0] = speed[1]
    return CameraPath(
        x, y, zoom * move.lens, move.roll, move.dolly, truck_x, truck_y, lens0 * move.lens, wide, home_x, home_y,
        torch.where(speed > 0.01, 0.5 * speed, 0.0), _described(move),
    )  # fmt: skip


def _described(move: _Move) -> dict[str, float]:
    def change(v: torch.Tensor) -> float:
        return float(v[-1] - v[0])

    return {
        "pan_x": change(move.pan_x), "pan_y": change(move.pan_y), "truck_x": change(move.truck_x),
        "truck_y": change(move.truck_y), "zoom": float(move.lens[-1] / move.lens[0]),
        "dolly": float((1.0 - move.dolly[0]) / (1.0 - move.dolly[-1])), "roll": change(move.roll),
    }  # fmt: skip


def _moved(scene: Scene, times: torch.Tensor) -> _Move:
    t = (times / scene.duration_s).to(torch.float32).clamp(0.0, 1.0)
    # Never still, gentle at both ends: speed 0.65 at the ends, 1.35 in the middle.
    u = t - 0.35 * torch.sin(2 * math.pi * t) / (2 * math.pi)
    zero, one = torch.zeros_like(t), torch.ones_like(t)
    m = _Move(zero, zero, zero, zero, one, zero, zero)
    k = scene.camera.strength * min(1.15, max(0.8, scene.duration_s / 4.0))
    name = scene.camera.move
    sign = -1.0 if name.endswith(("left", "down", "out")) else 1.0
    if name in ("pan left", "pan right"):
        m.pan_x = sign * 0.42 * k * (u - 0.5)
    elif name in ("tilt up", "tilt down"):
        m.pan_y = sign * 0.30 * k * (u - 0.5)
    elif name in ("truck left", "truck right"):
        m.truck_x = sign * 0.42 * k * (u - 0.5)
    elif name in ("crane up", "crane down"):
        m.truck_y = sign * 0.26 * k * (u - 0.5)
    elif name in ("dolly in", "dolly out"):
        m.dolly = (1.0 - 1.35**-k) * (u if sign > 0 else 1.0 - u)
    elif name == "roll":
        m.roll = 0.24 * scene.camera.strength * (u - 0.5) * random.Random(scene.seed).choice((-1.0, 1.0))
    elif name == "crash zoom":
        m.lens = 1.0 + 0.6 * scene.camera.strength * (0.93 * _ease((t - 0.3) / 0.28) + 0.07 * t)
    elif name == "handheld":
        _shake(m, scene, times)
    elif name == "whip pan":
        side = random.Random(scene.seed).choice((-1.0, 1.0))
        back = 1.0 - _ease(0.5 + 0.5 * (t / 0.34)) * 2.0 + 1.0
        settle = 0.02 * torch.exp(-6.0 * (t - 0.34).clamp_min(0.0)) * torch.sin(18.0 * (t - 0.34).clamp_min(0.0))
        m.pan_x = side * scene.camera.strength * (settle - 0.8 * back.clamp(0.0, 1.0))
    elif name == "bolt":
        fast = _ease((t - 0.06) / 0.62) * 0.94 + 0.06 * t
        bow = torch.sin(math.pi * fast)
        m.dolly = 0.30 * scene.camera.strength * fast
        m.truck_x = scene.camera.strength * (0.15 * bow + 0.08 * (1.0 - fast))
        m.truck_y = 0.07 * scene.camera.strength * bow
        m.roll = -0.07 * scene.camera.strength * torch.sin(2 * math.pi * fast)
    return m


def _ease(t: torch.Tensor) -> torch.Tensor:
    t = t.clamp(0.0, 1.0)
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)


def _shake(m: _Move, scene: Scene, times: torch.Tensor) -> None:
    chance = random.Random(scene.seed * 31 + 5)
    k = scene.camera.strength

    def drift(amount: float) -> torch.Tensor:
        wave = torch.zeros_like(times)
        for rate, weight in ((0.45, 1.0), (0.95, 0.55), (1.9, 0.22)):
            wave = wave + weight * torch.sin(6.2832 * (rate * chance.uniform(0.85, 1.15) * times + chance.random()))
        return amount * k * (wave - wave.mean())

    m.pan_x, m.pan_y, m.roll = drift(0.010), drift(0.013), drift(0.007)


def extent(actor: Actor, track: Track) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Roughly where an actor is: x0, y0, x1, y1 in stage units, each (F,)."""
    kind = SUBJECTS[actor.subject]
    half = 0.5 * kind.width * track.height
    return track.x - half, track.y, track.x + half, track.y + track.height


def _framing(scene: Scene, performance: Performance, aspect: float) -> float:
    if not scene.actors:
        return {"wide": 1.0, "medium": 1.3, "close": 1.7}[scene.camera.framing]
    widest = max(
        SUBJECTS[a.subject].width * float(t.height.max()) for a, t in zip(scene.actors, performance.tracks, strict=True)
    )
    if scene.camera.framing == "wide":
        return min(1.0, 0.86 * aspect / widest)
    focus = scene.actors[max(scene.focus, 0)]
    track = performance.tracks[max(scene.focus, 0)]
    tall = float(track.height.mean())
    wide = SUBJECTS[focus.subject].width * tall
    zoom = FRAMED[scene.camera.framing] / tall
    # A long body fills the frame by its length: it may be cut a little in a close shot, never in a medium one.
    zoom = min(zoom, {"medium": 0.72, "close": 1.0}[scene.camera.framing] * aspect / wide)
    travel = float(track.x.max() - track.x.min())
    rise = float(track.y.max() - track.y.min())
    zoom = min(zoom, max(0.62 * zoom, 0.98 * aspect / (travel + 0.8 * wide)), max(0.62 * zoom, 1.3 / (rise + tall)))
    return max(zoom, 0.6)


def _home(
    scene: Scene, performance: Performance, aspect: float, zoom: float, move: _Move, settled: torch.Tensor
) -> tuple[float, float, float]:
    """The point to frame so that who matters stays in view for the whole move, and by how much it cannot."""
    if not scene.actors:
        return 0.0, MIDDLE_Y + 0.04 * (zoom - 1.0), 0.0
    scale = zoom * move.lens / (1.0 - move.dolly)
    dx, dy = (move.pan_x + move.truck_x) * aspect / zoom, (move.pan_y + move.truck_y) / zoom
    framing = scene.camera.framing
    focus = max(scene.focus, 0)
    boxes = [extent(a, t) for a, t in zip(scene.actors, performance.tracks, strict=True)]
    if framing == "close" or (framing == "medium" and not _fit_together(boxes, aspect / zoom)):
        boxes = [boxes[focus]]
    x0, y0 = torch.stack([b[0] for b in boxes]).amin(0), torch.stack([b[1] for b in boxes]).amin(0)
    x1, y1 = torch.stack([b[2] for b in boxes]).amax(0), torch.stack([b[3] for b in boxes]).amax(0)
    if framing == "wide":
        want_x, want_y = 0.0, MIDDLE_Y
    else:
        track = performance.tracks[focus]
        lead = 0.07 * aspect / zoom * float(track.facing.mean().clamp(-1, 1))
        want_x = float(track.x.mean()) + (lead if framing == "medium" else 0.5 * lead)
        want_y = float((track.y + (0.50 if framing == "medium" else 0.62) * track.height).mean())
    margin = {"wide": 0.02, "medium": 0.02, "close": -0.12}[framing] / scale
    half_w, half_h = 0.5 * aspect / scale - margin, 0.5 / scale - margin
    if framing == "close":
        y0 = y0 + 0.42 * (y1 - y0)
    home_x, over_x = _fitted(want_x, (x1 - dx - half_w)[settled], (x0 - dx + half_w)[settled])
    home_y, over_y = _fitted(want_y, (y1 - dy - half_h)[settled], (y0 - dy + half_h)[settled])
    return home_x, home_y, max(over_x, over_y)


def _fit_together(boxes: Sequence[tuple[torch.Tensor, ...]], width: float) -> bool:
    """Whether everybody can be in a frame that is a little wider than ``width``."""
    left = min(float(b[0].min()) for b in boxes)
    right = max(float(b[2].max()) for b in boxes)
    return right - left < 1.15 * width


def _fitted(want: float, low: torch.Tensor, high: torch.Tensor) -> tuple[float, float]:
    """The value nearest to ``want`` between the bounds, and by how much the bounds contradict each other."""
    least, most = float(low.max()), float(high.min())
    if least <= most:
        return min(max(want, least), most), 0.0
    return 0.5 * (least + most), least - most
