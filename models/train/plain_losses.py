"""What the plain encoder's networks are trained to say, of pictures whose layers are known."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from models.layers.parts import POSE
from models.layers.plain_figures import cut_out
from models.layers.plain_found import places
from models.layers.plain_nets import MARGIN, TURN, PlainNetwork, Seen, background, close
from models.layers.sheet import SheetCodec, bounded
from models.train.layers_losses import figure_loss
from models.train.plain_rendered import Rows

LEAST_AREA = 10.0
"""Pixels of a subject, at ``DENSITY`` rows, from which it is looked at closely."""
_P = {name: index for index, name in enumerate(POSE)}

Parts = dict[str, torch.Tensor]


def whole_losses(seen: Seen, rows: Rows, small_B3HW: torch.Tensor) -> Parts:
    """Of the whole look: cover, middles, votes, background, parallax and look."""
    masks = rows["masks"]
    cover = masks.sum(1).clamp(0, 1)
    guess = seen.cover_BHW.sigmoid()
    both = (guess * cover).sum((1, 2))
    dice = 1.0 - (2.0 * both + 8.0) / (guess.sum((1, 2)) + cover.sum((1, 2)) + 8.0)
    weight = 1.0 + 2.0 * cover
    blank = F.binary_cross_entropy_with_logits(seen.cover_BHW, cover, weight)
    half_B3hw = F.avg_pool2d(masks, 2)
    aspect = masks.shape[-1] / masks.shape[-2]
    place = places(half_B3hw.shape[-2], half_B3hw.shape[-1], aspect)
    there_BK = masks.sum((2, 3)) > LEAST_AREA
    bumps = _bumps(rows["poses"], there_BK, place)
    heat = seen.centre_Bhw.sigmoid()
    rough = F.binary_cross_entropy_with_logits(seen.centre_Bhw, bumps, reduction="none")
    focal = rough * ((heat - bumps).square() + 0.03 * bumps) * (1.0 + 15.0 * bumps)
    plain = background(small_B3HW, seen, _mixed(cover, guess.detach()))
    behind = (plain[:, :3] - rows["plate"][:, :3]).abs().mean(1) * (1.0 + 3.0 * cover)
    return {
        "cover": blank + 0.5 * dice.mean(), "centre": 0.01 * focal.sum() / there_BK.sum().clamp_min(1),
        "votes": _votes(seen, half_B3hw, rows["poses"], place), "behind": 4.0 * behind.mean(),
        "parallax": 0.5 * (plain[:, 3] - rows["plate"][:, 3]).abs().mean(),
        "look": 2.0 * (seen.look_BL - rows["look"]).square().mean(),
    }  # fmt: skip


def _mixed(cover_BHW: torch.Tensor, guess_BHW: torch.Tensor) -> torch.Tensor:
    """The true cover for every second picture, what is guessed for the others."""
    even = torch.arange(len(cover_BHW)) % 2 == 0
    return torch.where(even[:, None, None], cover_BHW, torch.maximum(cover_BHW, guess_BHW))


def _bumps(poses_BKP: torch.Tensor, there_BK: torch.Tensor, place_2hw: torch.Tensor) -> torch.Tensor:
    """Gaussians around the middles of boxes, the border's where they are outside; (B, h, w)."""
    step = float(place_2hw[0, 0, 1] - place_2hw[0, 0, 0])
    right, up = float(place_2hw[0].amax()), float(place_2hw[1].amax())
    x, y = poses_BKP[..., 0].clamp(-right, right), poses_BKP[..., 1].clamp(-up, up)
    away = (place_2hw[0] - x[..., None, None]) ** 2 + (place_2hw[1] - y[..., None, None]) ** 2
    sigma = (0.1 * poses_BKP[..., 2].exp()).clamp(0.8 * step, 2.5 * step)[..., None, None]
    return (torch.exp(-away / (2.0 * sigma**2)) * there_BK[..., None, None]).amax(1)


def _votes(seen: Seen, half_B3hw: torch.Tensor, poses_BKP: torch.Tensor, place_2hw: torch.Tensor) -> torch.Tensor:
    """L1 of the votes where subjects are, in shares of their side, every subject counting alike."""
    wanted = torch.cat(
        [
            poses_BKP[..., :2, None, None] - place_2hw,
            poses_BKP[..., 2:3, None, None].expand(-1, -1, 1, *place_2hw.shape[1:]),
        ],
        2,
    )
    error = (seen.vote_B3hw[:, None] - wanted).abs()
    side = poses_BKP[..., 2].exp()[..., None, None]
    far = (error[:, :, 0] + error[:, :, 1]) / (side + 0.1) + error[:, :, 2]
    area = half_B3hw.sum((2, 3))
    each = (far * half_B3hw).sum((2, 3)) / area.clamp_min(1e-3)
    there = (area > LEAST_AREA / 4).float()
    return (each * there).sum() / there.sum().clamp_min(1)


def close_losses(net: PlainNetwork, sheet: SheetCodec, rows: Rows, most: int, generator: torch.Generator) -> Parts:
    """Of both close looks at up to so many subjects of the pictures; none at all if there is nobody."""
    masks = rows["masks"]
    index = (masks.sum((2, 3)) > LEAST_AREA).nonzero()
    if not len(index):
        return {}
    index = index[torch.randperm(len(index), generator=generator)[:most]]
    b, k = index.unbind(1)
    pose, picture = rows["poses"][b, k], rows["picture"][b]
    own = masks[b, k]
    other = (masks[b].sum(1) - own).clamp(0, 1)
    soft = torch.rand(len(b), 1, 1, generator=generator)
    own = torch.lerp(own, F.avg_pool2d(own[:, None], 3, 1, 1)[:, 0], soft)

    rough = _jittered(pose[:, :3], 0.10, 0.15, generator)
    upright, right = torch.tensor([0.0, 1.0]).expand(len(b), -1), torch.ones(len(b), dtype=torch.bool)
    turn = net.turned(close(picture, own, other, rough, upright, right, MARGIN), rough)
    near = _jittered(pose[:, :3], 0.025, 0.04, generator)
    look = close(picture, own, other, near, pose[:, 3:5], pose[:, 5] > 0)
    token, code = net.dressed(look, sheet.encode(cut_out(look)))
    with torch.no_grad():
        wanted = sheet.encode(rows["sheets"][b, k])
        wanted_code = sheet.code(rows["articulation"][b, k], wanted)
        few = slice(0, max(1, most // 2))
        shown = sheet.decode(wanted[few], wanted_code[few])
    made = sheet.decode(token[few], bounded(code[few]))
    ground = torch.rand(2, len(made), 3, generator=generator)
    weight = sheet.normaliser.deviation_C.square()
    error = (token - wanted).square()
    return {
        **_turn_losses(turn, rough, pose),
        "token": 0.15 * error.mean() + 1.0 * (error.mean((0, 1)) * weight).sum() / weight.sum(),
        "code": 0.25 * (bounded(code) - wanted_code).square().mean(),
        "decoded": 3.0 * figure_loss(made, shown, ground),
    }


def _jittered(box_B3: torch.Tensor, away: float, larger: float, generator: torch.Generator) -> torch.Tensor:
    """Boxes elsewhere, by shares of their side, and of other sizes."""
    noise = torch.randn(box_B3.shape, generator=generator)
    side = box_B3[:, 2:].exp()
    return torch.cat([box_B3[:, :2] + away * side * noise[:, :2], box_B3[:, 2:] + larger * noise[:, 2:]], 1)


def _turn_losses(turn_BT: torch.Tensor, rough_B3: torch.Tensor, pose_BP: torch.Tensor) -> Parts:
    t = {name: turn_BT[:, index] for index, name in enumerate(TURN)}
    p = {name: pose_BP[:, index] for name, index in _P.items()}
    side = rough_B3[:, 2].exp()
    wet, there = (p["water"] > -0.9).float(), (p["shadow"] > 0.05).float()

    def l1(name: str, wanted: torch.Tensor, counts: torch.Tensor | float = 1.0) -> torch.Tensor:
        return (F.smooth_l1_loss(t[name], wanted, reduction="none", beta=0.05) * counts).mean()

    # A figure that faces the viewer is as good as mirrored.
    facing = F.binary_cross_entropy_with_logits(t["facing"], (p["facing"] > 0).float(), p["facing"].abs())
    box = l1("dx", (p["x"] - rough_B3[:, 0]) / side) + l1("dy", (p["y"] - rough_B3[:, 1]) / side)
    box = box + l1("log_side", p["log_side"] - rough_B3[:, 2])
    shadow = l1("ground", p["ground"], there) + l1("shadow_half", p["shadow_half"], there) + l1("shadow", p["shadow"])
    wetness = F.binary_cross_entropy_with_logits(t["wet"], wet) + l1("water", p["water"], wet)
    lean = l1("sin_lean", p["sin_lean"]) + l1("cos_lean", p["cos_lean"])
    return {
        "facing": 0.5 * facing, "box": 2.0 * box, "shadow": 0.3 * shadow, "wet": 0.3 * wetness, "lean": 0.7 * lean,
        "depth": 0.1 * l1("depth", p["depth"]),
    }  # fmt: skip
