"""Scenes of the world taken apart into layers: what the layers codec learns from. Training only.

Nothing is filmed: the plate is painted once as the first frame's camera sees it and as far as the whole path needs,
each subject once standing and, to train the sheet codec, in some of its poses; all else are rows of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch

from models.codec import Canvas
from models.layers.parts import ARTICULATION, CELL, DENSITY, LOOK, SPRITE, Layers, Sprites
from models.layers.window import window
from models.world.action import perform
from models.world.backdrop import Backdrop
from models.world.camera import CameraPath, path
from models.world.canvas import covering, graded, look, paint_layer
from models.world.draw import View, paint_into, place
from models.world.figures import draw_actor, shadow
from models.world.figures.channels import CHANNELS, INDEX
from models.world.light import Light, light, mix
from models.world.motion.riding import carriers_of
from models.world.performance import Performance, Track
from models.world.scene import Actor, Scene
from models.world.settings import build
from models.world.settings.sketch import Plan
from models.world.strokes import Strokes
from models.world.style import STYLES, Style, finish_patch
from models.world.vocabulary import SUBJECTS, WEATHERLESS
from models.world.weather import flash

BOXES: dict[str, tuple[float, float]] = {
    "child": (0.58, 0.67), "woman": (0.60, 0.71), "man": (0.62, 0.70), "knight": (0.60, 0.70),
    "astronaut": (0.57, 0.68), "robot": (0.58, 0.67), "fox": (0.74, 1.13), "cat": (0.80, 0.98), "dog": (0.75, 1.03),
    "rabbit": (0.76, 0.90), "bear": (0.66, 1.05), "deer": (0.73, 0.86), "horse": (0.63, 1.03), "bird": (0.60, 1.03),
    "owl": (0.57, 0.70), "penguin": (0.50, 0.72), "fish": (0.89, 1.36), "whale": (0.56, 1.61), "turtle": (0.49, 1.01),
    "dragon": (0.61, 1.02), "car": (1.16, 1.50), "train": (0.81, 1.26), "boat": (0.54, 0.80), "rocket": (0.47, 0.63),
    "balloon": (0.38, 0.75), "ball": (0.51, 0.58), "lantern": (0.40, 0.81), "kite": (0.40, 0.72),
}  # fmt: skip
"""Middle above the feet and half side of each subject's box, in standing heights: what 99 of 100 poses fit into."""
KINDS: tuple[str, ...] = tuple(SUBJECTS)
"""A subject's number is its place here."""
_TURNING = ("yaw", "roll")
_FEET = {"foot0_x", "foot0_y", "foot1_x", "foot1_y", "foot2_x", "foot2_y", "foot3_x", "foot3_y"}


def observe(scene: Scene, canvas: Canvas) -> Layers:
    """Take a scene apart.

    Args:
        canvas: frames from the scene's start, their rate and the aspect; the plate has ``DENSITY`` pixels a frame
            height, whatever the canvas's own height.
    """
    times = torch.arange(canvas.frames, dtype=torch.float32) / canvas.fps
    aspect = canvas.width / canvas.height
    with torch.inference_mode():
        performance = perform(scene, times, aspect)
        way = path(scene, performance, aspect, times)
        lit, style = light(scene), STYLES[scene.style]
        camera = camera_rows(way, flash(scene, performance.events, times))
        plate, corner = _plate(scene, way, camera, canvas, lit, style)
        carriers = carriers_of(scene)
        ridden = [k in carriers.values() for k in range(len(scene.actors))]
        tracks = performance.tracks
        rows = _rows(scene, performance, way)
        sides = [float(row[0, 2].exp()) for row in rows]
        sheets = [
            _painted(actor, _standing(actor), side, lit, style, ridden=rode)[0]
            for actor, side, rode in zip(scene.actors, sides, ridden, strict=True)
        ]
        return Layers(
            plate, corner, _stack(sheets, (0, 4, SPRITE, SPRITE)), _stack(rows, (0, len(times), 11)),
            _stack([articulation(track) for track in tracks], (0, len(times), ARTICULATION)),
            torch.tensor([KINDS.index(actor.subject) for actor in scene.actors], dtype=torch.long),
            camera, _look(scene, lit, style),
        )  # fmt: skip


def poses_of(scene: Scene, canvas: Canvas) -> torch.Tensor:
    """The rows of pose of a scene alone, (K, F, len(POSE)), for a canvas as in :func:`observe`."""
    times = torch.arange(canvas.frames, dtype=torch.float32) / canvas.fps
    with torch.inference_mode():
        performance = perform(scene, times, canvas.width / canvas.height)
        way = path(scene, performance, canvas.width / canvas.height, times)
        return _stack(_rows(scene, performance, way), (0, len(times), 11))


def sprites(
    scenes: Sequence[Scene], generator: torch.Generator, per_actor: int = 4, pixels: int = SPRITE
) -> Sprites:  # fmt: skip
    """Every actor of the scenes standing and in ``per_actor`` of its poses, drawn at random from its clip.

    ``pixels`` of a picture's side; a generator with the same seed draws the same poses at any.
    """
    made: list[tuple[torch.Tensor, ...]] = []
    with torch.inference_mode():
        for scene in scenes:
            times = torch.rand(per_actor, generator=generator).sort().values * scene.duration_s
            performance = perform(scene, times, 16 / 9)
            lit, style, ridden = light(scene), STYLES[scene.style], set(carriers_of(scene).values())
            for k, (actor, track) in enumerate(zip(scene.actors, performance.tracks, strict=True)):
                side = 2.0 * BOXES[actor.subject][1] * float(track.height[0])
                still = _standing(actor)
                sheet = _painted(actor, still, side, lit, style, k in ridden, pixels)
                posed = _painted(actor, _upright(track), side, lit, style, k in ridden, pixels)
                kind = torch.full((per_actor,), KINDS.index(actor.subject))
                made.append(
                    (
                        sheet.expand_as(posed),
                        posed,
                        articulation(track),
                        articulation(still).expand(per_actor, -1),
                        kind,
                    )
                )
    return Sprites(*(torch.cat(parts) for parts in zip(*made, strict=True)))


def sheet(actor: Actor, scene: Scene, side: float | None = None) -> torch.Tensor:
    """One actor standing, facing right, in the light and style of a scene: (4, SPRITE, SPRITE) uint8 premultiplied.

    ``side`` of its box in frame heights, which outlines depend on; that of a wide frame if None.
    """
    side = side or 2.0 * BOXES[actor.subject][1] * SUBJECTS[actor.subject].height
    with torch.inference_mode():
        return _painted(actor, _standing(actor), side, light(scene), STYLES[scene.style])[0]


def place_plate(scene: Scene, canvas: Canvas) -> torch.Tensor:
    """The scene's place alone, as a camera that stands still sees it: (4, H, W) uint8 at ``DENSITY``."""
    still = replace(scene, actors=(), cues=(), focus=0, camera=replace(scene.camera, move="static"))
    return observe(still, replace(canvas, frames=1)).plate


def backdrop(scene: Scene, aspect: float, density: int = DENSITY) -> torch.Tensor:
    """What the scene's first frame sees without its actors: (4, H, W) uint8 of whole cells.

    ``density`` pixels a frame height, a whole multiple of ``DENSITY``; each is a picture of the same piece.
    """
    canvas = Canvas(1, DENSITY, round(DENSITY * aspect))
    with torch.inference_mode():
        times = torch.zeros(1)
        way = path(scene, perform(scene, times, aspect), aspect, times)
        rows = camera_rows(way, times)
        return _plate(scene, way, rows, canvas, light(scene), STYLES[scene.style], density)[0]


def camera_rows(way: CameraPath, flash_F: torch.Tensor) -> torch.Tensor:
    """The path as rows of ``parts.CAMERA``, (F, 9) fp32."""
    columns: list[torch.Tensor] = []
    for parallax in (1.0, 0.0):
        view = way.view(parallax, 1, 1)
        columns += [
            (view.x_F - view.x_F[0]) * view.scale_F, (view.y_F - view.y_F[0]) * view.scale_F,
            (view.scale_F / view.scale_F[0]).log(),
        ]  # fmt: skip
    return torch.stack([*columns, way.roll, way.blur, flash_F], 1).float()


def articulation(track: Track) -> torch.Tensor:
    """Numbers of a figure's limbs as it faces right, (F, ARTICULATION): angles that turn fully as sine and cosine."""
    yaw = track.pose[:, INDEX["yaw"]]
    away = yaw.cos() < 0
    folded = torch.where(away, math.pi - yaw, yaw)
    wheel = track.pose[:, INDEX["roll"]]
    parts = [folded.sin(), folded.cos(), wheel.sin(), wheel.cos()]
    for name in CHANNELS:
        if name not in _TURNING and name != "ground":
            value = track.pose[:, INDEX[name]]
            parts.append(2.0 * value if name in _FEET else value)
    wide = torch.stack(parts, 1)
    aboard = torch.zeros(len(yaw)) if track.aboard is None else track.aboard
    blank = wide.new_zeros(len(wide), ARTICULATION - wide.shape[1] - 1)
    return torch.cat([wide, aboard[:, None], blank], 1)


def _stack(rows: list[torch.Tensor], empty: tuple[int, ...]) -> torch.Tensor:
    return torch.stack(rows) if rows else torch.zeros(empty)


def _standing(actor: Actor) -> Track:
    """An actor at rest, facing right, with what it carries in its hands."""
    pose = torch.zeros(1, len(CHANNELS))
    if any(act.action == "carry" and act.thing for act in actor.acts):
        pose[0, INDEX["carry"]] = 1.0
    zero, one = torch.zeros(1), torch.ones(1)
    return Track(zero, zero, zero, one, one, zero, pose)


def _upright(track: Track) -> Track:
    """The track at the origin, unleaning, facing right, one unit tall."""
    yaw = track.pose[:, INDEX["yaw"]]
    pose = track.pose.clone()
    pose[:, INDEX["yaw"]] = torch.where(yaw.cos() < 0, math.pi - yaw, yaw)
    zero = torch.zeros_like(track.x)
    return replace(track, x=zero, y=zero, height=zero + 1.0, lean=zero, pose=pose, facing=track.facing.abs())


def _painted(
    actor: Actor, track: Track, side: float, lit: Light, style: Style, ridden: bool = False, size: int = SPRITE
) -> torch.Tensor:
    """The figure in its box, (F, 4, size, size) uint8 premultiplied; ``side`` of the box in frame heights."""
    frames = len(track.x)
    middle, half = BOXES[actor.subject]
    one = torch.ones(frames)
    view = View(0.0 * one, middle * one, size / (2.0 * half) * one, 0.0 * one, size, size)
    strokes = draw_actor(actor, track, one, ridden)
    colour = lit.grade_figure(strokes.colour_FK3, strokes.glow_K)
    seen = place(_coloured(strokes, colour, 1.0 - style.flat), view)
    pixels = torch.zeros(frames, 4, size, size)
    per_height = size / max(side, 1e-3)
    if style.outline > 0.0:
        rim = torch.zeros(frames, size, size)
        paint_into(pixels, seen, outline_FHW=rim, outline_px=max(0.8, style.outline * per_height))
        bare = 1.0 - pixels[:, 3].clone()
        ink = torch.tensor(style.ink)[None, :, None, None]
        pixels[:, :3] += ink * (rim * bare)[:, None]
        pixels[:, 3] += rim * bare
    else:
        paint_into(pixels, seen)
    finish_patch(pixels, style, round(per_height), lit.key, lit.rim, lit.side)
    return pixels.mul_(255.0).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8)


def _coloured(strokes: Strokes, colour: torch.Tensor, shade: float) -> Strokes:
    return replace(strokes, colour_FK3=colour, shade_K=strokes.shade_K * shade)


def _rows(scene: Scene, performance: Performance, way: CameraPath) -> list[torch.Tensor]:
    """Rows of ``parts.POSE`` of every actor; who rides is a little nearer than what carries it."""
    first = way.view(1.0, 1, 1)
    rows = [_pose(actor, track, first, scene) for actor, track in zip(scene.actors, performance.tracks, strict=True)]
    for rider, carrier in carriers_of(scene).items():
        rows[rider][:, 10] = rows[carrier][:, 10] - 0.01
    return rows


def _pose(actor: Actor, track: Track, first: View, scene: Scene) -> torch.Tensor:
    """Rows of ``parts.POSE``, (F, 11)."""
    middle, half = BOXES[actor.subject]
    k = first.scale_F[0]
    up = middle * track.height
    x, y = track.x - up * track.lean.sin(), track.y + up * track.lean.cos()
    side = 2.0 * half * track.height
    water = torch.full_like(x, -1.0)
    if track.waterline is not None:
        water = ((track.waterline - y) / side).clamp(-1.0, 1.0)
    _, ground, wide, strength = shadow(actor, track)
    if scene.setting in ("space", "sky", "underwater"):
        strength = strength * 0.0
    there = strength > 1e-3
    return torch.stack([
        (x - first.x_F[0]) * k, (y - first.y_F[0]) * k, (side * k).log(), track.lean.sin(), track.lean.cos(),
        track.facing, water, torch.where(there, ((ground - y) / side).clamp(-2.0, 0.5), -0.5),
        torch.where(there, (wide / side).clamp(0.0, 1.0), 0.25), strength, track.depth,
    ], 1).float()  # fmt: skip


def _look(scene: Scene, lit: Light, style: Style) -> torch.Tensor:
    """The row of ``parts.LOOK``."""
    weather = scene.weather if scene.setting not in WEATHERLESS else "clear"
    veil = {
        "rain": lit.shown(mix((0.86, 0.91, 0.97), lit.air, 0.25), glow=0.75),
        "storm": lit.shown(mix((0.86, 0.91, 0.97), lit.air, 0.25), glow=0.75),
        "snow": lit.shown((0.97, 0.98, 1.0), glow=0.7),
        "fog": lit.shown(lit.air, glow=1.0),
    }.get(weather, lit.shown(lit.air, glow=1.0))
    dim = sum(lit.tint) / 3.0
    lead = scene.actors[0].colour if scene.actors else ""
    deep = 0.10 if lead in ("black", "brown", "blue", "purple") and dim < 0.95 else 0.0
    halo = 0.6 * max(0.0, 0.72 - dim) + deep
    if scene.setting in ("space", "room") or style.hard or halo < 0.03:
        halo = 0.0
    breath = lit.shown(mix(lit.key, lit.air, 0.35), glow=1.0)
    foam = lit.shown((0.93, 0.98, 1.0), glow=0.25)
    kinds = [float(weather == name) for name in LOOK[:4]]
    return torch.tensor([*kinds, *veil, halo, *breath, float(style.hard), *foam]).clamp(0.0, 1.0)


def _plate(
    scene: Scene, way: CameraPath, camera: torch.Tensor, canvas: Canvas, lit: Light, style: Style,
    density: int = DENSITY,
) -> tuple[torch.Tensor, tuple[int, int]]:  # fmt: skip
    """All scenery as the first frame sees it and as far as the path needs, with the parallax of what is on top."""
    cut = window(camera, canvas)
    height, width = cut.rows * CELL, cut.columns * CELL
    top, left = cut.corner
    frame_w = canvas.width / canvas.height * DENSITY
    # The middle of the plate, from the middle of the first frame, in frame heights.
    right = (width / 2 - left - frame_w / 2) / DENSITY
    down = (height / 2 - top - DENSITY / 2) / DENSITY
    turned = _turned(way, right, down, DENSITY / height)
    finer = density // DENSITY
    scenery = _Scenery(scene, turned, lit, style, torch.zeros(1), finer * height, finer * width, density)
    picture, parallax = scenery.composed()
    plate = torch.cat([picture, parallax]).mul(255.0).add_(0.5).clamp_(0.0, 255.0).to(torch.uint8)
    return plate, (top, left)


def _turned(way: CameraPath, right: float, down: float, wider: float) -> CameraPath:
    """The first frame's camera, upright, turned to the plate's middle and seeing ``1 / wider`` as much."""
    first = {
        name: getattr(way, name)[:1]
        for name in ("x", "y", "zoom", "roll", "dolly", "truck_x", "truck_y", "lens", "blur")
    }
    scale = way.view(1.0, 1, 1).scale_F[0]
    seen = replace(way, **first)
    return replace(
        seen, x=seen.x + right / scale, y=seen.y - down / scale, zoom=seen.zoom * wider, lens=seen.lens * wider,
        roll=seen.roll * 0.0, blur=seen.blur * 0.0,
    )  # fmt: skip


class _Scenery(Backdrop):
    """Scenery of one moment whose layers stay apart until they are composed with their parallax.

    ``density`` pixels a frame height, which the width of lines depends on.
    """

    def __init__(
        self, scene: Scene, way: CameraPath, lit: Light, style: Style, times: torch.Tensor, height: int, width: int,
        density: int,
    ) -> None:  # fmt: skip
        self.density = density
        super().__init__(scene, way, lit, style, times, height, width)

    def _lay_out(self) -> None:
        self.rows: list[tuple[float, torch.Tensor | Strokes]] = []
        half = 0.5 * self.width / self.view.scale_F
        reach = float((self.view.x_F.abs() + half).max())
        reach = max(reach, 0.5 * self.width / self.height * 1.15)
        for layer in build(Plan(self.scene, self.light, reach)):
            if layer.front and self.path.framing > 1.15:
                continue
            view = self.path.view(layer.parallax, self.height, self.width)
            if layer.marks:
                sheet_ = paint_layer(layer, covering(view), self.light, self.style, self.density)
                self.rows.append((layer.parallax, look(sheet_, view)[0]))
            if len(layer.living):
                strokes = graded(layer.living.finish(self.device), layer.haze, self.light, self.style)
                moved = layer.living.moves(self.device).at(strokes, self.times)
                self.rows.append((layer.parallax, place(moved, view)))

    def composed(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The picture (3, H, W) and the parallax of its topmost layers (1, H, W), 0 to 1."""
        picture = torch.zeros(1, 3, self.height, self.width)
        depth = torch.zeros(1, self.height, self.width)
        for parallax, item in self.rows:
            if isinstance(item, Strokes):
                paint_into(picture, item, hard=self.style.hard)
                continue
            picture[0] = picture[0] * (1.0 - item[3:]) + item[:3]
            depth = depth * (1.0 - item[3:]) + min(parallax, 1.0) * item[3:]
        return picture[0], depth
