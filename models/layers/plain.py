"""Plain pictures as layers: what is needed to begin a clip from somebody's picture.

The networks of ``plain_nets`` find the subjects, paint them out and take each one apart. Because the codec's decoder is
at hand, each subject's tokens and code are then moved until what they decode to is what the picture shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch.nn import functional as F  # noqa: N812

from models import checkpoint
from models.checkpoint import Card
from models.codec import Canvas
from models.conditions import Segment
from models.layers.codec import LayersCodec, LayersNetwork
from models.layers.filling import flat_share, stored
from models.layers.kept import Kept
from models.layers.parts import CAMERA, CELL, DENSITY, LOOK, POSE
from models.layers.plain_figures import above_water, cut_out, fitted_to, posed
from models.layers.plain_found import MOST_SUBJECTS, Box, found, sureness
from models.layers.plain_nets import MARGIN, PlainNetwork, PlainParams, Seen, background, close
from models.layers.plate import PlateCodec
from models.layers.sheet import TOKENS, bounded

KIND = "plain-layers"
WEIGHTS = Path(__file__).parents[1] / "weights" / "plain.json"
FINEST = 2 * DENSITY
"""Rows of the picture that close looks are taken from; a larger picture is made smaller."""
SEEN = 0.4
"""How sure the network has to be that a subject is in a picture that a clip begins with."""
LEAST_FLAT, MOST_OFF, ROUGH = 0.45, 0.04, 0.22
"""A picture of which less is flat, and which the plate's codec makes a picture of that is farther off (root mean
square), is a photograph; so is one of which hardly anything is flat. Of 60 drawn pictures none was, of 14 photographs
all but four with dark, empty ground, and a wall."""
PLAYED = ("rain", "storm", "snow", "fog", "halo", "pixel")
"""What a look says is played over a picture; a photograph's is not read right, so nothing is."""
_READERS = (
    "sheet.normaliser", "sheet.code_normaliser", "sheet.articulation_normaliser", "sheet.into", "sheet.seen",
    "sheet.whose", "sheet.reader",
)  # fmt: skip
"""Parts of the codec that decide what latents of figures mean. Of a place pixels are said, which any codec encodes."""


@dataclass(frozen=True)
class TakenApart:
    """A picture as layers, before the codec's tokens. K subjects from left to right, or in the order of given boxes.

    Attributes:
        plate_4HW: of whole cells, 0 to 1, subjects painted out; the picture is at its top left corner.
        cover_KHW: of each subject, 0 to 1, at ``DENSITY`` pixels a frame height.
        pose_KP: rows of ``models.layers.parts.POSE``.
        token_KNC, code_KC: the codec's, normalised.
        look: (len(LOOK),).
        sure_K: how sure the network is of each, 0 to 1.
    """

    plate_4HW: torch.Tensor
    cover_KHW: torch.Tensor
    pose_KP: torch.Tensor
    token_KNC: torch.Tensor
    code_KC: torch.Tensor
    look: torch.Tensor
    sure_K: torch.Tensor


@dataclass(frozen=True)
class Near:
    """Subjects seen closely, upright and facing right.

    Attributes:
        pose_KP, token_KNC, code_KC: as the network says them; see :class:`TakenApart`.
        look_K9SS: close looks, rows of ``models.layers.plain_nets.CLOSE``.
        behind_K3SS: what the place looks like there without the subject.
        dry_KSS: 1 above the water that hides the rest.
    """

    pose_KP: torch.Tensor
    token_KNC: torch.Tensor
    code_KC: torch.Tensor
    look_K9SS: torch.Tensor
    behind_K3SS: torch.Tensor
    dry_KSS: torch.Tensor


class PlainLayers:
    """Reads plain pictures; implements :class:`models.layers.codec.PlainEncoder`.

    Args:
        latents: :func:`latents_digest` of the codec that it was trained with.
        steps: of moving each subject towards what the picture shows; 0 trusts the network.
    """

    def __init__(self, network: PlainNetwork, latents: str, steps: int = 40) -> None:
        self.network, self.latents, self.steps = network.eval().requires_grad_(False), latents, steps

    @torch.no_grad()
    def picture(
        self, codec: LayersCodec, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int,
        boxes: Sequence[Box] | None = None,
    ) -> tuple[Segment, ...]:  # fmt: skip
        """A first frame as the tokens of latent frame 0 and the timeless ones, laid out like ``codec.blank``.

        Args:
            picture_3HW: 0 to 1, any size; what is beyond the canvas' aspect is cut off at both sides. Small subjects
                gain from up to ``FINEST`` rows.
            subjects: how many; they are taken from left to right.
            boxes: of the subjects, in the caption's order, if they are known; as the picture is after the cut.

        Raises:
            ValueError: another codec than that of the training, not a picture, or not a box for each subject.
        """
        return self.tokens(codec, self.taken_apart(codec, covered(picture_3HW, canvas), subjects, boxes), canvas)

    @torch.no_grad()
    def opened(
        self, codec: LayersCodec, picture_3HW: torch.Tensor, canvas: Canvas, subjects: int, cast: bool = True,
        sure: bool = False,
    ) -> tuple[tuple[Segment, ...], Kept]:  # fmt: skip
        """As :meth:`picture`, and the picture itself to be kept, with a cover for every subject.

        With ``cast`` the subjects are looked for in the picture. It may show fewer than are asked for: those it is sure
        to see (``SEEN``) are the first of the caption's, and of the others there are no tokens, so that they come in as
        words say. Nobody is cut out of a photograph, and nobody is put in front of it: then there are no covers. None
        of this is asked where it is ``sure`` that all of them are in it.

        Raises:
            ValueError: as :meth:`picture`.
        """
        seen = covered(_checked(picture_3HW), canvas)
        place = self.taken_apart(codec, seen, 0)
        photo = self._is_photograph(codec, seen)
        wanted = 0 if photo and cast and not sure else subjects
        there, apart = wanted if cast else 0, place
        while there:
            apart = self.taken_apart(codec, seen, there)
            found = int(((apart.sure_K > SEEN) & (apart.cover_KHW.amax((1, 2)) > 0.5)).sum())
            if sure or found == there:
                break
            # What was taken for somebody who is not there belongs to the place.
            there, apart = found, place
        if photo:
            look = apart.look.clone()
            look[[LOOK.index(name) for name in PLAYED]] = 0.0
            apart = replace(apart, look=look)
        whole = stored(_checked(picture_3HW), canvas.width / canvas.height)
        covers = torch.cat([apart.cover_KHW, torch.zeros(wanted - there, *place.cover_KHW.shape[1:])])
        return self.tokens(codec, apart, canvas), Kept(whole, covers, torch.ones(DENSITY, DENSITY), photo)

    def _is_photograph(self, codec: LayersCodec, picture_3HW: torch.Tensor) -> bool:
        """Little of it is flat, and where nobody is the codec, which knows drawn places, makes another one of it."""
        seen, small = self._seen(picture_3HW)
        cover = seen.cover_BHW.sigmoid()
        behind, plate = background(small, seen, cover), codec.network.plate
        made = plate.decode(plate.encode(_padded(behind[0])[None]))[:, :3, : small.shape[2], : small.shape[3]].clamp(
            0, 1
        )
        off = ((made - small).square().mean(1) * (1 - cover)).sum() / (1 - cover).sum()
        if picture_3HW.shape[1] < 2 * DENSITY:
            # In so few pixels nothing is flat.
            return False
        flat = flat_share(picture_3HW)
        return flat < ROUGH or (flat < LEAST_FLAT and float(off.sqrt()) > MOST_OFF)

    @torch.no_grad()
    def tokens(self, codec: LayersCodec, apart: TakenApart, canvas: Canvas) -> tuple[Segment, ...]:
        """What was taken apart as tokens of latent frame 0 and the timeless ones."""
        net = codec.network
        rows = torch.cat([apart.pose_KP, apart.code_KC], 1)
        made: dict[str, list[torch.Tensor]] = {
            "plate": [_plate(net.plate, apart.plate_4HW)], "sheet": list(apart.token_KNC),
            "look": [net.look(apart.look[None])], "pose": [net.pose.encode(row[None]) for row in rows],
        }  # fmt: skip
        blank = codec.blank(replace(canvas, frames=1), len(rows), torch.zeros(1, len(CAMERA)))
        return tuple(codec.graded(part.filled(made[part.role].pop(0))) for part in blank)

    @torch.no_grad()
    def place(self, picture_3HW: torch.Tensor) -> torch.Tensor:
        """A picture of a place as a plate (4, 16·r, 16·c), 0 to 1, with subjects painted out.

        Raises:
            ValueError: it is not a picture.
        """
        seen, small = self._seen(_checked(picture_3HW))
        return _padded(background(small, seen, seen.cover_BHW.sigmoid())[0])

    def clip(self, codec: LayersCodec, frames_F3HW: torch.Tensor, canvas: Canvas, subjects: int) -> tuple[Segment, ...]:
        """Several frames of somebody's clip.

        Raises:
            ValueError: always, so far; the message says what can be done.
        """
        raise ValueError(
            f"a clip of {len(frames_F3HW)} plain frames cannot be taken apart yet; "
            "give its first frame to picture(), or film it with the grid codec"
        )

    @torch.no_grad()
    def taken_apart(
        self, codec: LayersCodec, picture_3HW: torch.Tensor, subjects: int | None = None,
        boxes: Sequence[Box] | None = None,
    ) -> TakenApart:  # fmt: skip
        """Everything that :meth:`picture` makes tokens of; ``subjects`` None takes those that it is sure of.

        Raises:
            ValueError: another codec than that of the training, not a picture, more than ``MOST_SUBJECTS``, or not a
                box for each subject.
        """
        self._refuse_other(codec)
        if boxes is not None and subjects is not None and len(boxes) != subjects:
            raise ValueError(f"{subjects} subjects have as many boxes, got {len(boxes)}")
        if subjects is not None and not 0 <= subjects <= MOST_SUBJECTS:
            raise ValueError(f"a picture has 0 to {MOST_SUBJECTS} subjects, got {subjects}")
        picture_3HW = _checked(picture_3HW)
        seen, small = self._seen(picture_3HW)
        box_K3, cover_KHW = found(seen, picture_3HW.shape[-1] / picture_3HW.shape[-2], subjects, boxes)
        everything = torch.maximum(cover_KHW.sum(0).clamp(0, 1), seen.cover_BHW[0].sigmoid())
        behind = background(small, seen, everything[None])[0]
        fine = _shrunk(picture_3HW, FINEST)[None]
        pose_KP, token_KNC, code_KC = self._figures(codec, fine, behind, box_K3, cover_KHW)
        sure_K = sureness(seen, box_K3, picture_3HW.shape[-1] / picture_3HW.shape[-2])
        return TakenApart(_padded(behind), cover_KHW, pose_KP, token_KNC, code_KC, seen.look_BL[0], sure_K)

    def _seen(self, picture_3HW: torch.Tensor) -> tuple[Seen, torch.Tensor]:
        """What the network says of a picture, cut back to its size at ``DENSITY`` rows, and that picture."""
        small = _shrunk(picture_3HW, DENSITY, exactly=True)
        height, width = small.shape[-2:]
        seen = self.network.whole(_padded(small)[None])
        h, w = height // 2, -(-width // 2)
        cut = Seen(
            seen.cover_BHW[..., :height, :width], seen.gate_BHW[..., :height, :width],
            seen.change_B3HW[..., :height, :width], seen.parallax_BHW[..., :height, :width],
            seen.centre_Bhw[..., :h, :w], seen.vote_B3hw[..., :h, :w], seen.look_BL,
        )  # fmt: skip
        return cut, small[None]

    def _figures(
        self, codec: LayersCodec, fine_13HW: torch.Tensor, behind_4HW: torch.Tensor, box_K3: torch.Tensor,
        cover_KHW: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
        """Poses, tokens and codes of the subjects in their boxes."""
        sheet = codec.network.sheet
        if not len(box_K3):
            p = sheet.params
            return torch.zeros(0, len(POSE)), torch.zeros(0, TOKENS, p.channels), torch.zeros(0, p.code)
        near = self._near(codec, fine_13HW, behind_4HW, box_K3, cover_KHW)
        token_KNC, code_KC = near.token_KNC, near.code_KC
        if self.steps:
            token_KNC, code_KC = fitted_to(
                sheet, token_KNC, code_KC, near.look_K9SS, near.behind_K3SS, near.dry_KSS, self.steps
            )  # fmt: skip
        return near.pose_KP, token_KNC, code_KC

    @torch.no_grad()
    def near(self, codec: LayersCodec, picture_3HW: torch.Tensor, subjects: int = 1) -> Near:
        """Close looks at the subjects of a plain picture, 0 to 1, and what the network makes of each, nothing fitted.

        Raises:
            ValueError: another codec than that of the training, or not a picture.
        """
        self._refuse_other(codec)
        picture_3HW = _checked(picture_3HW)
        seen, small = self._seen(picture_3HW)
        box_K3, cover_KHW = found(seen, picture_3HW.shape[-1] / picture_3HW.shape[-2], subjects, None)
        everything = torch.maximum(cover_KHW.sum(0).clamp(0, 1), seen.cover_BHW[0].sigmoid())
        behind = background(small, seen, everything[None])[0]
        return self._near(codec, _shrunk(picture_3HW, FINEST)[None], behind, box_K3, cover_KHW)

    def _near(
        self, codec: LayersCodec, fine_13HW: torch.Tensor, behind_4HW: torch.Tensor, box_K3: torch.Tensor,
        cover_KHW: torch.Tensor,
    ) -> Near:  # fmt: skip
        sheet, count = codec.network.sheet, len(box_K3)
        picture = fine_13HW.expand(count, -1, -1, -1)
        other = (cover_KHW.sum(0) - cover_KHW).clamp(0, 1)
        upright = torch.tensor([0.0, 1.0]).expand(count, -1)
        right = torch.ones(count, dtype=torch.bool)
        turn_KT = self.network.turned(close(picture, cover_KHW, other, box_K3, upright, right, MARGIN), box_K3)
        box_K3, pose_KP = posed(turn_KT, box_K3)
        views = (box_K3, pose_KP[:, 3:5], pose_KP[:, 5] > 0)
        look = close(picture, cover_KHW, other, *views)
        token_KNC, raw_KC = self.network.dressed(look, sheet.encode(cut_out(look)))
        bare = close(behind_4HW[None, :3].expand(count, -1, -1, -1), cover_KHW, other, *views)[:, 3:6]
        return Near(pose_KP, token_KNC, bounded(raw_KC), look, bare, above_water(pose_KP))

    def _refuse_other(self, codec: LayersCodec) -> None:
        have = latents_digest(codec.network)
        if have != self.latents:
            raise ValueError(
                f"the encoder of plain pictures was trained for latents {self.latents}, this codec makes {have}; "
                "train it again: python -m models.train.plain_layers --fresh"
            )


def covered(picture_3HW: torch.Tensor, canvas: Canvas) -> torch.Tensor:
    """The middle of a picture, in the canvas' shape; two shapes within a pixel are one."""
    aspect = canvas.width / canvas.height
    height, width = picture_3HW.shape[-2:]
    wanted_w, wanted_h = min(width, round(height * aspect)), min(height, round(width / aspect))
    if width - wanted_w <= 1 and height - wanted_h <= 1:
        return picture_3HW
    top, left = (height - wanted_h) // 2, (width - wanted_w) // 2
    return picture_3HW[..., top : top + wanted_h, left : left + wanted_w]


def latents_digest(network: LayersNetwork) -> str:
    """sha256 of what decides latents of figures, 16 digits: decoders and plates may become better meanwhile."""
    whole = hashlib.sha256()
    for part in _READERS:
        for name, tensor in sorted(network.get_submodule(part).state_dict().items()):
            whole.update(f"{part}.{name}".encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()[:16]


def save_plain(path: Path, plain: PlainLayers, card: Card) -> None:
    """Write weights in half precision and their card; kind and config are filled in."""
    config = {**asdict(plain.network.params), "latents": plain.latents, "steps": plain.steps}
    checkpoint.save(path, plain.network.state_dict(), replace(card, kind=KIND, config=config), dtype=torch.float16)


def load_plain(path: Path = WEIGHTS) -> PlainLayers:
    """The encoder of a card, the committed one by default.

    Raises:
        CheckpointRefused: it is not there, or not exactly what its card and the network say.
    """
    tensors, card = checkpoint.load(path, kind=KIND)
    sizes = dict(card.config)
    latents, steps = str(sizes.pop("latents")), int(sizes.pop("steps"))
    network = PlainNetwork(PlainParams(**{**sizes, "close": tuple(sizes["close"])}))
    checkpoint.fit(path, tensors, network.state_dict())
    network.load_state_dict(tensors, strict=True)
    return PlainLayers(network, latents, steps)


def _plate(plate: PlateCodec, plate_4HW: torch.Tensor) -> torch.Tensor:
    """A plate as tokens, (L, C)."""
    return plate.encode(plate_4HW[None])[0].flatten(1).mT.contiguous()


def _checked(picture_3HW: torch.Tensor) -> torch.Tensor:
    if picture_3HW.ndim != 3 or picture_3HW.shape[0] != 3 or min(picture_3HW.shape[1:]) < 8:
        raise ValueError(f"a plain picture is (3, H, W) of at least 8 × 8 pixels, got {tuple(picture_3HW.shape)}")
    if not picture_3HW.is_floating_point() or not bool(torch.isfinite(picture_3HW).all()):
        raise ValueError(f"a plain picture is finite numbers from 0 to 1, got {picture_3HW.dtype}")
    return picture_3HW.float().clamp(0, 1)


def _shrunk(picture_3HW: torch.Tensor, rows: int, exactly: bool = False) -> torch.Tensor:
    """At most so many rows, or exactly."""
    height, width = picture_3HW.shape[-2:]
    if height == rows or (height < rows and not exactly):
        return picture_3HW
    size = (rows, max(8, round(width * rows / height)))
    return F.interpolate(picture_3HW[None], size, mode="bilinear", antialias=True, align_corners=False)[0].clamp(0, 1)


def _padded(picture_CHW: torch.Tensor) -> torch.Tensor:
    """Made of whole cells, the border repeated to the right and below."""
    height, width = picture_CHW.shape[-2:]
    more = (0, -width % CELL, 0, -height % CELL)
    return F.pad(picture_CHW[None], more, mode="replicate")[0]
