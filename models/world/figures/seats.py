"""Where and how a rider sits on, or in, each carrier, and how a rider's track follows it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from models.world import vocabulary
from models.world.figures.channels import INDEX
from models.world.figures.coats import FRAMES
from models.world.figures.rig import Rig
from models.world.performance import Track


@dataclass(frozen=True)
class Seat:
    """A place for riders; lengths in standing heights of the (grown) carrier.

    Attributes:
        joint, x, y: where it is on the carrier; a person's hips, an animal's paws or, behind a window, the head.
        manner: ``in`` (what is below the rim is hidden), ``window`` (only the head is seen) or ``on`` (astride).
        grow: how much larger the carrier is drawn, so that who rides can be seen.
        tall, wide: the largest rider that fits; for a window the size of its pane.
        spread: half the length over which several riders are seated.
    """

    joint: str
    x: float
    y: float
    manner: str
    grow: float
    tall: float
    wide: float
    spread: float


_SEATS: dict[str, Seat] = {
    "boat": Seat("body", 0.21, 0.150, "in", 1.50, 0.74, 0.74, 0.24),
    "balloon": Seat("basket", 0.0, -0.130, "in", 1.60, 0.50, 0.40, 0.09),
    "car": Seat("body", -0.08, 0.58, "window", 1.45, 0.56, 0.72, 0.24),
    "train": Seat("body", -0.61, 0.50, "window", 1.40, 0.52, 0.52, 0.14),
    "rocket": Seat("body", 0.0, 0.37, "window", 1.50, 0.24, 0.25, 0.0),
    "horse": Seat("body", -0.02, 0.145, "on", 1.10, 0.82, 0.62, 0.18),
    "deer": Seat("body", -0.04, 0.125, "on", 1.15, 0.75, 0.56, 0.15),
    "bear": Seat("body", -0.06, 0.255, "on", 1.25, 0.75, 0.70, 0.20),
    "turtle": Seat("body", -0.02, 0.50, "on", 1.75, 0.95, 0.90, 0.22),
    "dragon": Seat("body", 0.02, 0.150, "on", 1.25, 0.62, 0.48, 0.14),
    "whale": Seat("body", -0.10, 0.420, "on", 1.35, 0.75, 0.95, 0.42),
    "fish": Seat("body", 0.02, 0.320, "on", 2.0, 0.75, 0.70, 0.20),
    "bird": Seat("body", -0.05, 0.20, "on", 2.0, 0.75, 0.70, 0.12),
    "owl": Seat("head", 0.0, 0.22, "on", 2.0, 0.75, 0.70, 0.10),
}
_HEADS: dict[str, float] = {
    "child": 0.44, "woman": 0.38, "man": 0.36, "knight": 0.40, "astronaut": 0.40, "robot": 0.42, "bird": 0.72,
    "owl": 0.80, "penguin": 0.50, "turtle": 0.48,
}  # fmt: skip
"""How large the head of a rider is in its standing heights, ears and hats included."""

_SEATED: dict[str, dict[str, float]] = {
    "on": {"foot0_x": 0.07, "foot0_y": 0.05, "foot1_x": 0.045, "foot1_y": 0.06, "toe0": -0.2, "toe1": -0.2},
    "in": {"sit": 1.0},
    "window": {},
}
_LEGS = tuple(
    f"{part}{foot}{axis}" for foot in range(4) for part, axis in (("foot", "_x"), ("foot", "_y"), ("toe", ""))
)
_STILL = (*_LEGS, "drift", "sit", "bob", "sway", "pitch", "squash")


def seat_of(subject: str) -> Seat:
    """The seat of a carrier; whoever has none of its own is ridden on its back or its top."""
    if subject in _SEATS:
        return _SEATS[subject]
    if subject in FRAMES:
        frame = FRAMES[subject]
        return Seat("body", -0.04, 0.95 * frame.chest, "on", 1.6, 0.70, 0.62, 0.15)
    kind = vocabulary.SUBJECTS[subject]
    if kind.body == "biped" or subject == "penguin":
        return Seat("chest" if kind.body == "biped" else "head", -0.05, 0.12, "on", 1.2, 0.55, 0.5, 0.05)
    return Seat("body", 0.0, 0.45, "on", 1.6, 0.60, 0.60, 0.10)


def add_seat(rig: Rig, subject: str, girth: float) -> None:
    """The joints ``seat`` and ``seat.up``, by which a rider finds its place."""
    seat = seat_of(subject)
    joint = seat.joint if rig.has_joint(seat.joint) else "root"
    thick = 1.0 + 0.5 * (girth - 1.0) if seat.manner == "on" else 1.0
    rig.joint("seat", joint, (seat.x, seat.y * thick))
    rig.joint("seat.up", "seat", (0.0, 0.2))
    rig.joint("seat.ahead", "seat", (0.2, 0.0))


def rider_height(subject: str, height: float, carrier: str, carrier_height: float, riders: int = 1) -> float:
    """The height at which a rider fits its carrier."""
    seat = seat_of(carrier)
    crowd = 1.0 if riders == 1 else 0.74
    if seat.manner == "window":
        pane = min(seat.tall, seat.wide * (1.0 if riders == 1 else 0.62)) * carrier_height
        return min(height, pane / _head(subject))
    wide = vocabulary.SUBJECTS[subject].width
    return min(
        height, seat.tall * carrier_height * (1.0 if riders == 1 else 0.9), crowd * seat.wide * carrier_height / wide
    )


def _head(subject: str) -> float:
    if subject in FRAMES:
        frame = FRAMES[subject]
        return max(1.45 * frame.head + frame.muzzle, 2.5 * frame.head)
    return _HEADS.get(subject, 0.5)


def is_upright(subject: str) -> bool:
    return vocabulary.SUBJECTS[subject].body == "biped"


def sat(
    pose_FP: torch.Tensor, subject: str, carrier: str, carrier_yaw_F: torch.Tensor, share_F: torch.Tensor
) -> torch.Tensor:
    """The rider's pose (F, P) with legs, hands and turn as the seat asks; ``share`` is how much it is aboard."""
    manner = seat_of(carrier).manner
    wanted = dict.fromkeys(_STILL, 0.0) | ({"ground": 0.0})
    if is_upright(subject):
        wanted |= _SEATED[manner] if carrier != "balloon" else {}
    pose = pose_FP.clone()
    for name, value in wanted.items():
        pose[:, INDEX[name]] = pose[:, INDEX[name]] * (1.0 - share_F) + share_F * value
    if vocabulary.SUBJECTS[carrier].body not in ("floater", "roller"):
        yaw = INDEX["yaw"]
        pose[:, yaw] = pose[:, yaw] * (1.0 - share_F) + carrier_yaw_F * share_F
    return pose


def seated(
    track: Track,
    local: dict[str, torch.Tensor],
    places: dict[str, torch.Tensor],
    subject: str,
    carrier: str,
    offset: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the rider's feet must be, (F,) x and y, so that it is in its seat.

    Args:
        track: of the rider, already posed and leaning.
        local: joints of the rider as if its feet were at the origin.
        places: joints of the carrier on the stage.
        subject, carrier: what both are.
        offset: of this rider from the middle of the seat, -1 to 1 of its spread.
    """
    seat = seat_of(carrier)
    ahead = (places["seat.ahead"] - places["seat"]) / 0.2
    at = places["seat"] + ahead * (offset * seat.spread)
    if seat.manner == "window":
        hold = local["head"]
        if not is_upright(subject):
            hold = hold + torch.stack([0.05 * track.height * track.facing, 0.02 * track.height], -1)
    elif is_upright(subject):
        hold = local["pelvis"]
        if seat.manner == "on":
            hold = hold - torch.stack([torch.zeros_like(track.height), 0.035 * track.height], -1)
    else:
        hold = torch.zeros_like(at)
        if seat.manner == "in":
            hold = torch.stack([torch.zeros_like(track.height), 0.15 * track.height], -1)
    place = at - hold
    return place[:, 0], place[:, 1]


def tilt_of(places: dict[str, torch.Tensor], carrier: str) -> torch.Tensor:
    """How much the seat leans, in radians counter-clockwise, (F,): all of it inside, half of it on a back."""
    up = places["seat.up"] - places["seat"]
    return torch.atan2(-up[:, 0], up[:, 1]) * (0.4 if seat_of(carrier).manner == "on" else 1.0)
