"""What scenery is made of: ridges, washes, strokes with a simple motion, and the layers that hold them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch

from models.world.light import Light
from models.world.scene import Scene
from models.world.strokes import CAPSULE, CORNERS, ELLIPSE, POLYGON, Strokes
from models.world.vocabulary import RGB

Pair = tuple[float, float]
FLAT: dict[str, float] = {"shade": 0.0, "line": 0.0}
"""The look of marks on a surface: no form, no outline."""
GLOW: dict[str, float] = {"glow": 1.0, "shade": 0.0, "line": 0.0}
"""The look of light: already in the colour that is seen."""


@dataclass(frozen=True)
class Texture:
    """Smooth noise that multiplies a colour: ``amount`` of change, cell sizes in stage units."""

    amount: float
    cell_x: float
    cell_y: float
    seed: int = 0


@dataclass(frozen=True)
class Ridge:
    """Everything below a profile y(x): a hill, a field, water, a wall.

    ``top`` and ``bottom`` colour a gradient over ``span`` below the profile (or, if ``level`` is given, below that y).
    ``soft`` is the softness of the upper edge in stage units; ``cap`` a lighter rim of that thickness. Snow
    lies on it unless ``settles`` is False (water).
    """

    profile: Callable[[torch.Tensor], torch.Tensor]
    top: RGB
    bottom: RGB
    span: float = 0.4
    level: float | None = None
    texture: Texture | None = None
    soft: float = 0.0
    alpha: float = 1.0
    glow: float = 0.0
    line: float = 1.0
    cap: float = 0.0
    cap_colour: RGB = (1.0, 1.0, 1.0)
    settles: bool = True


@dataclass(frozen=True)
class Wash:
    """A vertical gradient over the whole canvas: stops of (y, colour) from low to high."""

    stops: tuple[tuple[float, RGB], ...]
    texture: Texture | None = None
    alpha: float = 1.0
    graded: bool = False


@dataclass(frozen=True)
class Moves:
    """How strokes move: (K, 9) rows of root y, sway, rate (Hz), phase, drift x and y, wrap (s), pulse and span."""

    rows_K9: torch.Tensor

    def at(self, strokes: Strokes, times_F: torch.Tensor) -> Strokes:
        """The strokes at the given times.

        Sway bends a stroke sideways in proportion to its height above the root. Drift moves it, wrapped over
        ``wrap`` seconds with a fade at both ends so that nothing pops. Pulse varies its opacity.
        """
        root, sway, rate, phase, vx, vy, wrap, pulse, span = self.rows_K9.unbind(1)
        t = times_F[:, None]
        wave = torch.sin(6.2832 * (rate * t + phase))
        points = strokes.points_FKC2
        lift = (points[..., 1] - root[None, :, None]).clamp_min(0.0)
        bend = wave[..., None] * sway[None, :, None] * lift / span.clamp_min(1e-3)[None, :, None]
        share = torch.where(wrap > 0, (t / wrap.clamp_min(1e-3) + phase) % 1.0, 0.5)
        gone = torch.where(wrap > 0, (share - 0.5) * wrap, 0.0)
        fade = torch.where(wrap > 0, (4.0 * torch.minimum(share, 1.0 - share)).clamp(0.0, 1.0), 1.0)
        x = points[..., 0] + bend + (vx * gone)[..., None]
        y = points[..., 1] + (vy * gone)[..., None]
        alpha = strokes.alpha_FK * fade * (1.0 - pulse * (0.5 - 0.5 * wave))
        frames = int(times_F.shape[0])
        return replace(
            strokes,
            points_FKC2=torch.stack([x, y], -1),
            radii_FK2=strokes.radii_FK2.expand(frames, -1, 2),
            colour_FK3=strokes.colour_FK3.expand(frames, -1, 3),
            alpha_FK=alpha,
        )


class Sketch:
    """Collects scenery strokes as plain numbers; far cheaper than one tensor per point."""

    def __init__(self) -> None:
        self._rows: list[list[float]] = []
        self._moves: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def capsule(self, a: Pair, b: Pair, ra: float, rb: float, colour: RGB, **look: float) -> None:
        """A limb from ``a`` to ``b``."""
        self._add(CAPSULE, [a, b], ra, rb, colour, look)

    def circle(self, c: Pair, r: float, colour: RGB, **look: float) -> None:
        """A disc."""
        self._add(CAPSULE, [c, c], r, r, colour, look)

    def ellipse(self, c: Pair, rx: float, ry: float, colour: RGB, **look: float) -> None:
        """An upright ellipse with half-axes ``rx`` and ``ry``."""
        if rx >= ry:
            self._add(ELLIPSE, [c, (c[0] + rx, c[1])], ry, ry, colour, look)
        else:
            self._add(ELLIPSE, [c, (c[0], c[1] + ry)], rx, rx, colour, look)

    def polygon(self, corners: list[Pair], colour: RGB, rounding: float = 0.0, **look: float) -> None:
        """A convex polygon of three to six corners."""
        self._add(POLYGON, corners, rounding, rounding, colour, look)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, colour: RGB, rounding: float = 0.0, **look: float
    ) -> None:
        """An upright rectangle."""
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, rounding, **look)

    def curve(self, points: list[Pair], ra: float, rb: float, colour: RGB, **look: float) -> None:
        """Capsules end to end, tapering from ``ra`` to ``rb``."""
        n = len(points) - 1
        for i in range(n):
            r0, r1 = ra + (rb - ra) * i / n, ra + (rb - ra) * (i + 1) / n
            self.capsule(points[i], points[i + 1], r0, r1, colour, **look)

    def _add(self, kind: int, points: list[Pair], ra: float, rb: float, colour: RGB, look: dict[str, float]) -> None:
        filled = points + [points[-1]] * (CORNERS - len(points))
        row: list[float] = [kind]
        for x, y in filled:
            row += (x, y)
        row += (ra, rb, *colour, look.get("alpha", 1.0))
        row += (look.get("shade", 0.35), look.get("glow", 0.0), look.get("soft", 0.0), look.get("line", 0.7))
        self._rows.append(row)
        low = min(p[1] for p in points)
        self._moves.append((
            look.get("root", low), look.get("sway", 0.0), look.get("rate", 0.25), look.get("phase", 0.0),
            look.get("vx", 0.0), look.get("vy", 0.0), look.get("wrap", 0.0), look.get("pulse", 0.0),
            look.get("span", 0.1),
        ))  # fmt: skip

    def finish(self, device: torch.device | str = "cpu") -> Strokes:
        """One frame of strokes."""
        rows = torch.tensor(self._rows, dtype=torch.float32, device=device).reshape(len(self._rows), 2 * CORNERS + 11)
        c = 1 + 2 * CORNERS
        return Strokes(
            rows[:, 0].long(), rows[None, :, 1:c].reshape(1, -1, CORNERS, 2), rows[None, :, c : c + 2],
            rows[None, :, c + 2 : c + 5], rows[None, :, c + 5], *rows[:, c + 6 :].unbind(1),
        )  # fmt: skip

    def moves(self, device: torch.device | str = "cpu") -> Moves:
        """The motion of the same strokes."""
        return Moves(torch.tensor(self._moves, dtype=torch.float32, device=device).reshape(-1, 9))


Mark = Ridge | Wash | Sketch


@dataclass
class Layer:
    """One depth of the scenery.

    Attributes:
        name: for people.
        parallax: 0 infinitely far, 1 the plane of the actors, above 1 nearer than they are.
        marks: painted in order on the layer's canvas, once per clip.
        living: strokes that move, painted over the canvas in every frame.
        drift: stage units per second to the right (clouds).
        haze: 0 to 1, how much of the air's colour lies over it.
        front: painted over the actors.
    """

    name: str
    parallax: float
    marks: list[Mark] = field(default_factory=list)
    living: Sketch = field(default_factory=Sketch)
    drift: float = 0.0
    haze: float = 0.0
    front: bool = False


@dataclass(frozen=True)
class Plan:
    """What a setting knows when it lays itself out.

    ``reach`` is how far from the middle anything can be seen on the plane of the actors, in stage units; a slot keeps
    its content whatever the reach, so another camera sees the same place.
    """

    scene: Scene
    light: Light
    reach: float

    def chance(self, tag: str, slot: int = 0) -> random.Random:
        """Randomness that belongs to one place of the setting."""
        return random.Random(
            (zlib.crc32(f"{self.scene.setting}/{tag}".encode()) * 2654435761 + slot * 97)
            ^ (self.scene.seed * 7919 + 17)
        )

    def slots(
        self, tag: str, spacing: float, parallax: float = 1.0, jitter: float = 0.6
    ) -> Iterator[tuple[float, random.Random]]:
        """Places along the stage, ``spacing`` apart on average, each with its own randomness."""
        reach = self.reach + 0.4
        count = int(reach / spacing) + 1
        for i in range(-count, count + 1):
            chance = self.chance(tag, i)
            yield (i + jitter * (chance.random() - 0.5)) * spacing, chance

    def ridge(
        self, tag: str, level: float, height: float, width: float, sharp: float = 0.0
    ) -> Callable[[torch.Tensor], torch.Tensor]:
        """A rolling profile around ``level``: waves of ``width``, total ``height``; ``sharp`` 1 has peaks."""
        chance = self.chance(tag)
        waves = [
            (chance.uniform(0.8, 1.25) * 2.0**i * 6.2832 / width, chance.uniform(0, 6.28), 0.5**i) for i in range(4)
        ]
        total = sum(w[2] for w in waves)

        def profile(x: torch.Tensor) -> torch.Tensor:
            y = torch.zeros_like(x)
            for k, phase, weight in waves:
                smooth = torch.sin(k * x + phase)
                if sharp > 0.0:
                    smooth = smooth * (1.0 - sharp) + sharp * (1.0 - 2.0 * torch.asin(smooth).abs() / 1.5708)
                y = y + weight * smooth
            return level + 0.5 * height * y / total

        return profile


def flat(level: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """A straight profile."""
    return lambda x: torch.full_like(x, level)
