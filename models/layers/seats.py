"""Seats: where a rider is on what carries it, in rows of pose.

A table that is fitted in closed form from scenes (``python -m models.train.seats``), for every rider and carrier, their
sizes, and who else rides. Rows of a rider follow from rows of its carrier by it, frame by frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models import checkpoint
from models.layers.parts import POSE

WEIGHTS = Path(__file__).resolve().parents[1] / "weights" / "seats.json"
KIND = "seats"
COMPANY = 3
"""Alone, the first of two, the second of two."""
VALUES = ("along", "above", "log_side", "lean", "turns", "water", "ground", "shadow_half", "shadow")
"""One seat.

``along`` where the carrier faces and ``above``, upright in the carrier, from the middle of its box to that of the
rider's, in sides of the carrier's box; ``log_side`` of the rider's box less the carrier's; ``lean`` the share of the
carrier's lean that the rider shares; ``turns`` 1 if it faces where its carrier does; the rest as in a row of pose.
"""
IN_FRONT = 0.02
"""How much nearer than its carrier a rider is laid, in depths."""
_X, _Y, _SIDE, _SIN, _COS, _FACING, _DEPTH = (
    POSE.index(name) for name in ("x", "y", "log_side", "sin_lean", "cos_lean", "facing", "depth")
)
_SAME = tuple(POSE.index(name) for name in VALUES[5:])


@dataclass(frozen=True)
class Ride:
    """One subject carried by another.

    Attributes:
        rider, carrier: which subjects, in the caption's order.
        seat_V: one row of the table.
        aboard_F: how much the rider is in its seat in every frame, 0 to 1.
    """

    rider: int
    carrier: int
    seat_V: torch.Tensor
    aboard_F: torch.Tensor

    def later(self, frames: int) -> Ride:
        """The same, told from so many frames later; a negative number tells it from before, when it was as at first."""
        count = len(self.aboard_F)
        at_F = (torch.arange(count) + frames).clamp(0, count - 1)
        return Ride(self.rider, self.carrier, self.seat_V, self.aboard_F[at_F])

    def over(self, start: int, frames: int) -> Ride:
        """The same from a frame on to its end, spread evenly over so many frames."""
        last = len(self.aboard_F) - 1
        at_F = torch.linspace(min(max(start, 0), last), last, frames).round().long()
        return Ride(self.rider, self.carrier, self.seat_V, self.aboard_F[at_F])

    def share(self, frames: int) -> torch.Tensor:
        """How much it is aboard in each of so many frames, (F,); after its end as at its end."""
        return self.aboard_F[torch.arange(frames).clamp(max=len(self.aboard_F) - 1)]


@dataclass(frozen=True)
class Seats:
    """The table.

    Attributes:
        riders, carriers, sizes: the words of its axes.
        table: (riders, carriers, COMPANY, size of the rider, size of the carrier, VALUES) fp32.
    """

    riders: tuple[str, ...]
    carriers: tuple[str, ...]
    sizes: tuple[str, ...]
    table: torch.Tensor

    def find(self, rider: str, carrier: str, sizes: tuple[str, str], place: int = 0) -> torch.Tensor:
        """The seat of a rider on a carrier, (VALUES,).

        Args:
            sizes: words for the sizes of rider and carrier.
            place: 0 alone, 1 and 2 for the first and the second of two.

        Raises:
            KeyError: such a rider or carrier was not fitted.
        """
        try:
            row, column = self.riders.index(rider), self.carriers.index(carrier)
            mine, below = (self.sizes.index(size) for size in sizes)
        except ValueError as error:
            raise KeyError(f"no seat is known for a {sizes[0]} {rider} on a {sizes[1]} {carrier}") from error
        return self.table[row, column, min(place, COMPANY - 1), mine, below]

    def save(self, path: Path, card: checkpoint.Card) -> None:
        """Write the table and its card; the card's kind and config are filled in."""
        config = {"riders": self.riders, "carriers": self.carriers, "sizes": self.sizes, "values": VALUES}
        whole = checkpoint.Card(KIND, config, card.recipe, card.minutes, card.commit, card.metrics)
        checkpoint.save(path, {"table": self.table.half()}, whole)

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Seats:
        """The table of a card.

        Raises:
            CheckpointRefused: it is not there, or not what its card says.
        """
        tensors, card = checkpoint.load(path, kind=KIND)
        config: Mapping[str, Any] = card.config
        riders, carriers, sizes = (tuple(map(str, config.get(name, ()))) for name in ("riders", "carriers", "sizes"))
        wanted = (len(riders), len(carriers), COMPANY, len(sizes), len(sizes), len(VALUES))
        checkpoint.fit(path, tensors, {"table": torch.zeros(wanted, dtype=torch.float16)})
        return cls(riders, carriers, sizes, tensors["table"].float())


def seated(
    rider_FR: torch.Tensor, carrier_FR: torch.Tensor, seat_V: torch.Tensor, share_F: torch.Tensor
) -> torch.Tensor:
    """Rows of a rider put into its seat, codes and all else behind the pose left as they are.

    Args:
        rider_FR, carrier_FR: rows of pose, at least ``len(POSE)`` wide.
        share_F: how much the rider is in its seat, 0 to 1; between, it is on its way.
    """
    seat = dict(zip(VALUES, seat_V.tolist(), strict=True))
    there = rider_FR.clone()
    side_F = carrier_FR[:, _SIDE].exp()
    lean_F = torch.atan2(carrier_FR[:, _SIN], carrier_FR[:, _COS])
    along = seat["along"] * side_F * carrier_FR[:, _FACING].clamp(-1.0, 1.0)
    above = seat["above"] * side_F
    there[:, _X] = carrier_FR[:, _X] + along * lean_F.cos() - above * lean_F.sin()
    there[:, _Y] = carrier_FR[:, _Y] + along * lean_F.sin() + above * lean_F.cos()
    there[:, _SIDE] = carrier_FR[:, _SIDE] + seat["log_side"]
    there[:, _SIN], there[:, _COS] = (seat["lean"] * lean_F).sin(), (seat["lean"] * lean_F).cos()
    there[:, _DEPTH] = carrier_FR[:, _DEPTH] - IN_FRONT
    if seat["turns"] > 0.5:
        there[:, _FACING] = carrier_FR[:, _FACING]
    for entry, name in zip(_SAME, VALUES[5:], strict=True):
        there[:, entry] = seat[name]
    return rider_FR + share_F[:, None] * (there - rider_FR)


def all_seated(rows_KFR: Sequence[torch.Tensor], rides: Sequence[Ride]) -> list[torch.Tensor]:
    """Rows of all subjects with everybody who rides in its seat, carriers before their riders."""
    placed, waiting = list(rows_KFR), list(rides)
    while waiting:
        carried = {ride.rider for ride in waiting}
        ride = next((each for each in waiting if each.carrier not in carried), waiting[0])
        waiting.remove(ride)
        share_F = ride.share(len(placed[ride.rider]))
        placed[ride.rider] = seated(placed[ride.rider], placed[ride.carrier], ride.seat_V, share_F)
    return placed
