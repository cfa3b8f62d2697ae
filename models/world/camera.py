"""Where the camera is in every frame.

A pan or a tilt turns the camera: everything shifts alike. A truck, a crane or a dolly moves it: near layers shift and
grow more than far ones. A layer of parallax p lies 1/p times as far away as the actors, so a camera that has come
``a`` closer (the actors' distance is 1) sees it 1 / (1 - a p) times as large.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import torch

from models.world.draw import View
from models.world.figures import draw_actor, joints_of
from models.world.motion.riding import carriers_of
from models.world.motion.staging import FRAMED, framed_actor, stage_height
from models.world.performance import Performance, Track
from models.world.scene import Actor, Scene

__all__ = ["FRAMED", "CameraPath", "extent", "path"]

MIDDLE_Y = 0.25
"""Stage y of the middle of a wide frame."""
_STEPS_BACK = {"wide": 10, "medium": 7, "close": 4}
"""How often the camera may step back by 6 % to keep who matters in view."""
_LOOKS = 7
"""By how many frames a shot is framed at most."""


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
    settled = move.pan_x.abs() < 0.3 if scene.camera.move == "whip pan" else torch.ones_like(times_F, dtype=torch.bool)
    zoom, home_x, home_y = _aimed(scene, performance, aspect, move, settled)
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


@dataclass(frozen=True)
class _Seen:
    """One actor in the frames that are looked at, tensors (S,): its box and its head."""

    x0: torch.Tensor
    y0: torch.Tensor
    x1: torch.Tensor
    y1: torch.Tensor
    head_x: torch.Tensor
    head_y: torch.Tensor

    def joined(self, other: _Seen) -> _Seen:
        """Both boxes in one; the head of the first."""
        return replace(
            self, x0=self.x0.minimum(other.x0), y0=self.y0.minimum(other.y0), x1=self.x1.maximum(other.x1),
            y1=self.y1.maximum(other.y1),
        )  # fmt: skip

    def inset(self, share: float) -> _Seen:
        """The box less a share of its width on either side."""
        cut = share * (self.x1 - self.x0)
        return replace(self, x0=self.x0 + cut, x1=self.x1 - cut)


def extent(actor: Actor, track: Track, ridden: bool = False) -> tuple[torch.Tensor, ...]:
    """Where the figure is drawn: x0, y0, x1, y1 in stage units, each (F,); what is under water does not count."""
    strokes = draw_actor(actor, track, track.x, ridden)
    boxes = strokes.boxes()
    drawn = (strokes.alpha_FK > 0.2) & (strokes.soft_K < 0.04 * track.height.mean())
    low = torch.where(drawn[..., None], boxes[..., :2], torch.inf).amin(1)
    high = torch.where(drawn[..., None], boxes[..., 2:], -torch.inf).amax(1)
    y0 = low[:, 1] if track.waterline is None else low[:, 1].maximum(track.waterline.minimum(high[:, 1]))
    return low[:, 0], y0, high[:, 0], high[:, 1]


def _looked_at(scene: Scene, performance: Performance, frames: torch.Tensor) -> list[_Seen]:
    """Every actor in some of the frames."""
    ridden = set(carriers_of(scene).values())
    seen = []
    for index, (actor, whole) in enumerate(zip(scene.actors, performance.tracks, strict=True)):
        track = whole.part(frames)
        x0, y0, x1, y1 = extent(actor, track, index in ridden)
        joints = joints_of(actor, track, index in ridden)
        head = joints.get("head", torch.stack([0.5 * (x0 + x1), y0 + 0.6 * (y1 - y0)], -1))
        seen.append(_Seen(x0, y0, x1, y1, head[:, 0], head[:, 1]))
    return seen


def _samples(count: int) -> torch.Tensor:
    """The frames by which a shot is framed: all of a few, else evenly spread ones."""
    return torch.linspace(0, count - 1, min(count, _LOOKS)).round().long().unique()


def _framing(scene: Scene, performance: Performance, aspect: float) -> float:
    """Zoom of the framing before anything is in the way: by the standing size of the framed actor."""
    if not scene.actors:
        return {"wide": 1.0, "medium": 1.3, "close": 1.7}[scene.camera.framing]
    return 1.0 / stage_height(scene, aspect)


def _aimed(
    scene: Scene, performance: Performance, aspect: float, move: _Move, settled: torch.Tensor
) -> tuple[float, float, float]:
    """Zoom and the point to frame, so that who matters stays in view for the whole move."""
    zoom = _framing(scene, performance, aspect)
    if not scene.actors:
        return zoom, 0.0, MIDDLE_Y + 0.04 * (zoom - 1.0)
    frames = _samples(len(settled))
    frames = frames[settled[frames].cpu()] if bool(settled[frames].any()) else frames
    seen = _looked_at(scene, performance, frames)
    facing = float(performance.tracks[framed_actor(scene)].facing.mean().clamp(-1.0, 1.0))
    aim = _Aim(scene, seen, move, frames, aspect, facing)
    best = aim.home(zoom)
    for _ in range(_STEPS_BACK[scene.camera.framing]):
        if best[2] <= 1e-4:
            break
        zoom *= 0.94
        best = aim.home(zoom)
    return zoom, best[0], best[1]


class _Aim:
    """What a framing wants in view, frame by frame."""

    def __init__(
        self, scene: Scene, seen: list[_Seen], move: _Move, frames: torch.Tensor, aspect: float, heading: float
    ) -> None:
        self.framing, self.aspect, self.move, self.frames = scene.camera.framing, aspect, move, frames
        focus, carriers = framed_actor(scene), carriers_of(scene)
        crew = {focus, *(r for r, c in carriers.items() if c == focus)} | {carriers.get(focus, focus)}
        self.lead = seen[focus]
        self.focus = self.lead
        for index in crew - {focus}:
            self.focus = self.focus.joined(seen[index])
        if self.framing == "close" and focus in carriers:
            self.focus = self.lead
        self.all = self.focus
        for index in set(range(len(seen))) - crew:
            self.all = self.all.joined(seen[index].inset(0.0 if self.framing == "wide" else 0.15))
        self.alone = len(seen) == len(crew)
        self.heading = heading

    def home(self, zoom: float) -> tuple[float, float, float]:
        """The point to frame at a zoom, and by how much the framed actor cannot be kept in view."""
        move, frames = self.move, self.frames
        scale = zoom * (move.lens / (1.0 - move.dolly))[frames]
        width, height = self.aspect / scale, 1.0 / scale
        dx = (move.pan_x + move.truck_x)[frames] * self.aspect / zoom
        dy = (move.pan_y + move.truck_y)[frames] / zoom
        must = self._close(width, height) if self.framing == "close" else self.focus
        margin = {"wide": 0.025, "medium": 0.02, "close": 0.015}[self.framing]
        half_w, half_h = (0.5 - margin) * width, (0.5 - margin) * height
        want_x, want_y = self._wanted(must, zoom)
        bounds_x, bounds_y = _bounds(must, dx, dy, half_w, half_h)
        if not self.alone and self.framing != "close":
            wider = _bounds(self.all, dx, dy, half_w, half_h)
            want_x, over_x = _fitted(want_x, *wider[0])
            want_y, over_y = _fitted(want_y, *wider[1])
        else:
            over_x = over_y = 0.0
        home_x, lost_x = _fitted(want_x, *bounds_x)
        home_y, lost_y = _fitted(want_y, *bounds_y)
        return home_x, home_y, max(lost_x, lost_y, over_x, over_y)

    def _wanted(self, must: _Seen, zoom: float) -> tuple[float, float]:
        """The point that looks best: the ground low in a wide frame, lead room before the face in others."""
        if self.framing == "wide":
            return 0.0, MIDDLE_Y / zoom
        lead = 0.06 * self.aspect / zoom * self.heading * (1.0 if self.framing == "medium" else 0.5)
        x = 0.5 * float((must.x0 + must.x1).mean()) + lead
        tall = float((must.y1 - must.y0).mean())
        lift = 0.04 / zoom if self.framing == "medium" else 0.0
        return x, 0.5 * float((must.y0 + must.y1).mean()) + (lift if tall < 0.8 / zoom else 0.0)

    def _close(self, width: torch.Tensor, height: torch.Tensor) -> _Seen:
        """The part of the framed actor that a close frame holds: all that fits, else the part with the head."""
        lead = self.focus
        over = 0.80 * height
        tall = lead.y1 - lead.y0
        cut = (tall - over).clamp_min(0.0)
        above = ((lead.y1 - self.lead.head_y) / tall.clamp_min(1e-6)).clamp(0.0, 1.0)
        # A head near the top keeps the top, a head near the bottom (a diver) keeps the bottom.
        keep = ((above - 0.45) / 0.3).clamp(0.0, 1.0)
        y0, y1 = lead.y0 + cut * (1.0 - keep), lead.y1 - cut * keep
        room = 0.72 * width
        wide = lead.x1 - lead.x0
        # The middle of the body stays in view, too.
        spare = (wide - room).clamp_min(0.0).minimum(0.42 * wide)
        along = ((self.lead.head_x - lead.x0) / wide.clamp_min(1e-6)).clamp(0.0, 1.0)
        ahead = ((along - 0.35) / 0.3).clamp(0.0, 1.0)
        return replace(lead, x0=lead.x0 + spare * ahead, x1=lead.x1 - spare * (1.0 - ahead), y0=y0, y1=y1)


def _bounds(
    box: _Seen, dx: torch.Tensor, dy: torch.Tensor, half_w: torch.Tensor, half_h: torch.Tensor
) -> tuple[tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """Least and most of the framed point, by frame, for the box to be in view."""
    return (box.x1 - dx - half_w, box.x0 - dx + half_w), (box.y1 - dy - half_h, box.y0 - dy + half_h)


def _fitted(want: float, low: torch.Tensor, high: torch.Tensor) -> tuple[float, float]:
    """The value nearest to ``want`` between the bounds, and by how much the bounds contradict each other."""
    least, most = float(low.max()), float(high.min())
    if least <= most:
        return min(max(want, least), most), 0.0
    return 0.5 * (least + most), least - most
