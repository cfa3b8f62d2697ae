"""Riders kept in their seats while a clip is made: a constraint on the tokens of pose."""

from __future__ import annotations

from collections.abc import Sequence as Listing

import torch

from models.conditions import Segment, Sequence
from models.layers.codec import LayersCodec
from models.layers.seats import Ride, all_seated


class Aboard:
    """A constraint (:mod:`models.constraints`): whoever rides is where its carrier has its seat, in every frame.

    The carrier goes where the network lets it; only riders are put somewhere else.
    """

    def __init__(self, codec: LayersCodec, rides: Listing[Ride]) -> None:
        self.codec, self.rides = codec, tuple(rides)

    def __call__(self, sequence: Sequence) -> Sequence:
        rows = self.codec.network.pose
        poses = sequence.of("pose")
        told = [rows.decode(self.codec.ungraded(part).clean_LC) for part in poses]
        put = all_seated(told, self.rides)
        moved = iter(
            # Only what is changed is encoded, so that what a code cannot say stays as it was guessed.
            part if after is before else self._moved(part, rows.encode(after) - rows.encode(before))
            for part, before, after in zip(poses, told, put, strict=True)
        )
        return sequence.with_segments(next(moved) if part.role == "pose" else part for part in sequence.segments)

    def _moved(self, part: Segment, change_LC: torch.Tensor) -> Segment:
        return part.filled(part.clean_LC + self.codec.graded(part.filled(change_LC)).clean_LC)
