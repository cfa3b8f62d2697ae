"""The finisher: a small picture four times as large, and a frame between every two.

One convolutional trunk reads each small frame once. What it adds to the bicubic enlargement starts at zero, and so does
what it adds to the mean of two neighbours, so that an untrained finisher is exactly those two. A sharp first frame may
be given: its fine detail is added where the network finds it still in place.

Sources: sub-pixel convolution (Shi et al. 2016, section 3.2); a cost volume around the frame that is looked for, with
equal and opposite displacements (Park et al. 2020, BMBC, section 3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from models import checkpoint

WEIGHTS = Path(__file__).parent / "weights" / "finisher.json"
KIND = "finisher"
FACTOR = 4
"""How many times wider and higher a finished picture is."""
_SQUARE = FACTOR * FACTOR


@dataclass(frozen=True)
class FinisherParams:
    """Sizes of the network.

    Attributes:
        width: channels at the small picture's resolution.
        deep: channels at half of it.
        match: channels in which two frames are compared.
        reach: how far the halves of a motion are looked for, in pixels of half resolution; a motion of up to
            ``4 * reach`` small pixels from frame to frame can be followed.
    """

    width: int = 32
    deep: int = 64
    match: int = 16
    reach: int = 3

    @classmethod
    def tiny(cls) -> FinisherParams:
        """For tests."""
        return cls(8, 12, 4, 1)


class Read(NamedTuple):
    """What the trunk found in a frame: (B, width, H, W) and (B, deep, ⌈H/2⌉, ⌈W/2⌉)."""

    near: torch.Tensor
    deep: torch.Tensor


class Sight(NamedTuple):
    """What is known of the sharp first frame: it made small (B, 3, H, W), what bicubic enlargement would miss of it as
    (B, 48, H, W), and features of both (B, width, H, W)."""

    small: torch.Tensor
    fine: torch.Tensor
    near: torch.Tensor


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(x)))


class Trunk(nn.Module):
    """Reads a small frame: two levels, so that half of the work is done on a quarter of the pixels."""

    def __init__(self, params: FinisherParams) -> None:
        super().__init__()
        width, deep = params.width, params.deep
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.sight = nn.Sequential(
            nn.Conv2d(3 + 3 * _SQUARE, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        self.fuse = nn.Conv2d(2 * width + 3, width, 1)
        self.before = _Residual(width)
        self.down = nn.Conv2d(width, deep, 3, stride=2, padding=1)
        self.below = _Residual(deep)
        self.up = nn.Conv2d(deep, 4 * width, 1)
        self.after = _Residual(width)
        _zero(self.fuse)

    def forward(self, frame_B3HW: torch.Tensor, sight: Sight | None = None) -> Read:
        height, width = frame_B3HW.shape[-2:]
        near = self.enter(_last(frame_B3HW - 0.5))
        if sight is not None:
            apart = (frame_B3HW - sight.small).abs()
            seen = [near, sight.near.expand(len(near), -1, -1, -1), apart]
            near = near + self.fuse(torch.cat(seen, 1))
        near = self.before(F.relu(near))
        even = F.pad(near, (0, width % 2, 0, height % 2), mode="replicate") if height % 2 or width % 2 else near
        deep = F.relu(self.below(F.relu(self.down(even))))
        near = near + F.pixel_shuffle(self.up(deep), 2)[..., :height, :width]
        return Read(F.relu(self.after(near)), deep)


class Between(nn.Module):
    """The frame in the middle of two: both are moved half-way towards each other and mixed."""

    def __init__(self, params: FinisherParams) -> None:
        super().__init__()
        self.reach = params.reach
        shifts = (2 * params.reach + 1) ** 2
        self.match = nn.Conv2d(params.deep, params.match, 1)
        self.search = nn.Sequential(
            nn.Conv2d(shifts + 2 * params.match, params.deep, 3, padding=1), nn.ReLU(),
            nn.Conv2d(params.deep, params.deep, 3, padding=1), nn.ReLU(),
            nn.Conv2d(params.deep, 4, 3, padding=1),
        )  # fmt: skip
        self.join = nn.Conv2d(2 * params.width + 4, params.width, 3, padding=1)
        self.mix = nn.Conv2d(params.width, 4 + _SQUARE + 3 * _SQUARE, 3, padding=1)
        _zero(self.search[-1])
        _zero(self.mix)

    def forward(
        self, before: Read, after: Read, large_before: torch.Tensor, large_after: torch.Tensor
    ) -> torch.Tensor:  # fmt: skip
        """The middle of two enlarged frames (B, 3, 4H, 4W), from what was read of both. Not clamped."""
        height, width = before.near.shape[-2:]
        a, b = (F.normalize(self.match(read.deep), dim=1) for read in (before, after))
        found = self.search(torch.cat([self.costs(a, b), a, b], 1))
        rough = 2.0 * F.interpolate(found, scale_factor=2.0, mode="bilinear")[..., :height, :width]
        moved = [warped(before.near, rough[:, :2]), warped(after.near, rough[:, 2:]), rough]
        flow, mix, rest = self.mix(F.relu(self.join(torch.cat(moved, 1)))).split((4, _SQUARE, 3 * _SQUARE), 1)
        fine = FACTOR * F.interpolate(rough + flow, scale_factor=float(FACTOR), mode="bilinear")
        share = torch.sigmoid(F.pixel_shuffle(mix, FACTOR))
        mixed = torch.lerp(warped(large_before, fine[:, :2]), warped(large_after, fine[:, 2:]), share)
        return mixed + F.pixel_shuffle(rest, FACTOR)

    def costs(self, a_BCHW: torch.Tensor, b_BCHW: torch.Tensor) -> torch.Tensor:
        """How alike the one at x − d is to the other at x + d, for all d within reach: (B, (2·reach + 1)², H, W)."""
        height, width, reach = *a_BCHW.shape[-2:], self.reach
        a, b = (F.pad(each.contiguous(), (reach,) * 4) for each in (a_BCHW, b_BCHW))
        rows = []
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                back = a[..., reach - dy : reach - dy + height, reach - dx : reach - dx + width]
                ahead = b[..., reach + dy : reach + dy + height, reach + dx : reach + dx + width]
                rows.append((back * ahead).sum(1))
        return torch.stack(rows, 1)


class Finisher(nn.Module):
    """The whole network. ``enlarge``, ``between`` and ``finish`` are for use; the parts before them are for training.

    Frames go through one at a time, so a film finished in chunks is the same film, and memory does not grow with it.
    """

    def __init__(self, params: FinisherParams | None = None) -> None:
        super().__init__()
        self.params = params or FinisherParams()
        self.trunk = Trunk(self.params)
        self.head = nn.Conv2d(self.params.width, 4 * _SQUARE, 3, padding=1)
        self.middle = Between(self.params)
        _zero(self.head)

    @classmethod
    def load(cls, path: Path | None = None) -> Finisher:
        """The finisher of a card, the landed one by default, ready for use.

        Raises:
            CheckpointRefused: a file is missing or not what the card says.
        """
        path = path or WEIGHTS
        tensors, card = checkpoint.load(path, kind=KIND)
        try:
            net = cls(FinisherParams(**card.config))
        except TypeError as error:
            raise checkpoint.CardUnreadable(path, f"these are no sizes of a finisher ({error})", "Train it.") from error
        checkpoint.fit(path, tensors, net.state_dict())
        net.load_state_dict(tensors, strict=True)
        return net.to(memory_format=torch.channels_last).eval().requires_grad_(False)  # type: ignore[call-overload]

    def save(self, path: Path, card: checkpoint.Card) -> None:
        """Write the weights; kind and config of the card are set here."""
        whole = checkpoint.Card(KIND, asdict(self.params), card.recipe, card.minutes, card.commit, card.metrics)
        checkpoint.save(path, self.state_dict(), whole)

    def glance(self, first_B3HW: torch.Tensor) -> Sight:
        """What the trunk may know of a sharp frame (B, 3, 4H, 4W)."""
        small = F.avg_pool2d(first_B3HW, FACTOR)
        fine = F.pixel_unshuffle(first_B3HW, FACTOR) - phases(small)
        return Sight(small, fine, self.trunk.sight(_last(torch.cat([small - 0.5, fine], 1))))

    def read(self, frame_B3HW: torch.Tensor, sight: Sight | None = None) -> Read:
        """Features of small frames, 0 to 1."""
        return self.trunk(frame_B3HW, sight)

    def paint(self, frame_B3HW: torch.Tensor, read: Read, sight: Sight | None = None) -> torch.Tensor:
        """The frames enlarged, (B, 3, 4H, 4W), not clamped."""
        rest, kept = self.head(read.near).split((3 * _SQUARE, _SQUARE), 1)
        parts = phases(frame_B3HW) + rest
        if sight is not None:
            parts = parts + (sight.fine.unflatten(1, (3, _SQUARE)) * kept.unsqueeze(1)).flatten(1, 2)
        return F.pixel_shuffle(parts, FACTOR)

    @torch.inference_mode()
    def enlarge(self, video_F3HW: torch.Tensor, factor: int = 4, first_3HW: torch.Tensor | None = None) -> torch.Tensor:
        """Every frame enlarged, (F, 3, factor·H, factor·W), 0 to 1.

        Args:
            video_F3HW: 0 to 1, any size and number of frames; single pictures are films of one frame each.
            factor: 4, or 2 (the mean of each square of four).
            first_3HW: frame 0 as it is to be, (3, 4H, 4W); it comes out as it is and lends its detail to the rest.

        Raises:
            ValueError: shapes that do not fit, or another factor.
        """
        if factor not in (2, 4):
            raise ValueError(f"pictures are enlarged 2 or 4 times, got {factor}")
        large = torch.cat(list(self.finish(video_F3HW, 1, first_3HW)))
        return large if factor == FACTOR else F.avg_pool2d(large, FACTOR // factor)

    def between(self, video_F3HW: torch.Tensor, first_3HW: torch.Tensor | None = None) -> torch.Tensor:
        """Enlarged, with a frame between every two: (2F − 1, 3, 4H, 4W), 0 to 1."""
        return torch.cat(list(self.finish(video_F3HW, 2, first_3HW)))

    def finish(
        self, video_F3HW: torch.Tensor, fps_factor: int = 2, first: torch.Tensor | None = None, chunk: int = 8
    ) -> Iterator[torch.Tensor]:
        """The finished film in pieces of at most ``chunk`` frames (n, 3, 4H, 4W), 0 to 1.

        Args:
            video_F3HW: 0 to 1, F of at least 1.
            fps_factor: 2 for a frame between every two, so that there are 2F − 1; 1 for none.
            first: frame 0 as it is to be, (3, 4H, 4W).

        Raises:
            ValueError: shapes or factors that do not fit; raised here and not when the first piece is asked for.
        """
        _check(video_F3HW, first)
        if fps_factor not in (1, 2) or chunk < 1:
            raise ValueError(f"the rate is kept or doubled and a chunk holds a frame, got {fps_factor} and {chunk}")
        return self._pieces(video_F3HW, fps_factor == 2, first, chunk)

    def _pieces(
        self, video_F3HW: torch.Tensor, doubled: bool, first: torch.Tensor | None, chunk: int
    ) -> Iterator[torch.Tensor]:
        held: list[torch.Tensor] = []
        frames = self._frames(video_F3HW, doubled, first)
        while True:
            # Inference mode is left at every yield, or it would spread to whoever is watching.
            with torch.inference_mode():
                frame = next(frames, None)
            if frame is not None:
                held.append(frame)
            if held and (frame is None or len(held) == chunk):
                yield torch.cat(held)
                held = []
            if frame is None:
                return

    def _frames(
        self, video_F3HW: torch.Tensor, doubled: bool, first: torch.Tensor | None
    ) -> Iterator[torch.Tensor]:  # fmt: skip
        sight = None if first is None else self.glance(first[None].to(video_F3HW))
        last: tuple[Read, torch.Tensor] | None = None
        for number, small in enumerate(video_F3HW.split(1)):
            read = self.read(small, sight)
            large = first[None].to(small) if first is not None and number == 0 else self._clamped(small, read, sight)
            if doubled and last is not None:
                yield self.middle(last[0], read, last[1], large).clamp_(0.0, 1.0)
            yield large
            last = (read, large)

    def _clamped(self, small: torch.Tensor, read: Read, sight: Sight | None) -> torch.Tensor:
        return self.paint(small, read, sight).clamp_(0.0, 1.0)


def bicubic(frame_B3HW: torch.Tensor) -> torch.Tensor:
    """Four times as large, (B, 3, 4H, 4W): torch's bicubic interpolation, as one convolution."""
    return F.pixel_shuffle(phases(frame_B3HW), FACTOR)


def phases(frame_B3HW: torch.Tensor) -> torch.Tensor:
    """The bicubic enlargement with its sub-pixels as channels, (B, 48, H, W)."""
    kernel = _bicubic_kernel().to(frame_B3HW).repeat(3, 1, 1, 1)
    return F.conv2d(F.pad(frame_B3HW, (2, 2, 2, 2), mode="replicate"), kernel, groups=3)


@cache
def _bicubic_kernel() -> torch.Tensor:
    """(16, 1, 5, 5): what each of 25 neighbours gives to the sixteen pixels that the middle one becomes."""
    with torch.inference_mode(False):
        spots = torch.eye(25).reshape(25, 1, 5, 5)
        wide = F.interpolate(spots, scale_factor=float(FACTOR), mode="bicubic")
        middle = wide[:, 0, 2 * FACTOR : 3 * FACTOR, 2 * FACTOR : 3 * FACTOR]
        return middle.reshape(25, _SQUARE).T.reshape(_SQUARE, 1, 5, 5).contiguous()


def warped(picture_BCHW: torch.Tensor, flow_B2HW: torch.Tensor) -> torch.Tensor:
    """The picture with x + flow(x) seen at x; the flow is in pixels, right and down. The edge goes on for ever."""
    height, width = picture_BCHW.shape[-2:]
    columns = torch.arange(width, device=flow_B2HW.device, dtype=flow_B2HW.dtype)
    rows = torch.arange(height, device=flow_B2HW.device, dtype=flow_B2HW.dtype)[:, None]
    x = (columns + 0.5 + flow_B2HW[:, 0]) * (2.0 / width) - 1.0
    y = (rows + 0.5 + flow_B2HW[:, 1]) * (2.0 / height) - 1.0
    grid = torch.stack([x, y], -1)
    return F.grid_sample(picture_BCHW, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _zero(layer: nn.Module) -> None:
    for each in layer.parameters():
        nn.init.zeros_(each)


def _last(x: torch.Tensor) -> torch.Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _check(video_F3HW: torch.Tensor, first_3HW: torch.Tensor | None) -> None:
    if video_F3HW.ndim != 4 or video_F3HW.shape[1] != 3 or 0 in video_F3HW.shape or not video_F3HW.is_floating_point():
        found = f"{tuple(video_F3HW.shape)} {video_F3HW.dtype}"
        raise ValueError(f"a film is (F, 3, H, W) of floats between 0 and 1, got {found}")
    wanted = (3, FACTOR * video_F3HW.shape[-2], FACTOR * video_F3HW.shape[-1])
    if first_3HW is not None and first_3HW.shape != wanted:
        raise ValueError(f"the first frame of this film is {wanted}, got {tuple(first_3HW.shape)}")
