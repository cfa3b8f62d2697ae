"""What a sampler keeps from one step to the next: keys and values of tokens that are given and so do not change.

They do change a little, because a given token looks at those that are made: what keeping them costs and saves is in
``docs/generator.md``.
"""

from __future__ import annotations

import torch


class Stored:
    """Keys and values (B, K, L, C) of one block, and which of the places are made anew at every step."""

    def __init__(self, at_BA: torch.Tensor, made_BA: torch.Tensor) -> None:
        self.at_BA, self.made_BA = at_BA, made_BA
        self.both: tuple[torch.Tensor, torch.Tensor] | None = None

    def joined(self, k: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Of all places; at the first call what it is given, afterwards that with the new ones (B, K, A, C) in it."""
        if self.both is None:
            self.both = k, v
            return self.both
        key, value = (self._with(old, new) for old, new in zip(self.both, (k, v), strict=True))
        return key, value

    def _with(self, old_BKLC: torch.Tensor, new_BKAC: torch.Tensor) -> torch.Tensor:
        at = self.at_BA[:, None, :, None].expand_as(new_BKAC)
        # Rows with fewer made places than others are filled up with given ones, which stay as they are.
        new = torch.where(self.made_BA[:, None, :, None], new_BKAC, old_BKLC.gather(2, at))
        return old_BKLC.scatter(2, at, new)


class Context:
    """The blocks' stores for one batch, whose ``mask_BL`` says what is made.

    Attributes:
        at_BA: places that are made, row by row, the first ``made_BA.sum(1)`` of each row in their order.
    """

    def __init__(self, mask_BL: torch.Tensor, blocks: int) -> None:
        made_BL = mask_BL > 0
        most = int(made_BL.sum(1).max())
        order_BL = torch.argsort((~made_BL).to(torch.uint8), dim=1, stable=True)
        self.at_BA = order_BL[:, :most]
        self.made_BA = made_BL.gather(1, self.at_BA)
        self.stores = [Stored(self.at_BA, self.made_BA) for _ in range(blocks)]

    @property
    def is_full(self) -> bool:
        """Has a whole step been taken?"""
        return bool(self.stores) and self.stores[-1].both is not None

    def of(self, value_BLD: torch.Tensor) -> torch.Tensor:
        """A value of every place, (B, L) or (B, L, D), of those that are made."""
        if value_BLD.ndim == 2:
            return value_BLD.gather(1, self.at_BA)
        return value_BLD.gather(1, self.at_BA[..., None].expand(-1, -1, value_BLD.shape[-1]))

    def laid(self, value_BAD: torch.Tensor, places: int) -> torch.Tensor:
        """Back in their places, (B, L, D); 0 in all others."""
        whole = value_BAD.new_zeros(len(value_BAD), places, value_BAD.shape[-1])
        made = torch.where(self.made_BA[..., None], value_BAD, 0.0)
        return whole.scatter(1, self.at_BA[..., None].expand_as(made), made)
