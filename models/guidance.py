"""Guidance: how much more the picture follows each condition than the network would by itself.

One evaluation is made with all conditions and one for each guided condition without it, all in one batch; what a
condition changes is added again, ``v + Σ (scale − 1)·(v − v_without)``. With one condition that is classifier-free
guidance (Ho and Salimans 2022, arXiv:2207.12598); one term per condition as in LTX-2 (2026, arXiv:2601.03233).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Listing
from dataclasses import dataclass, field

import torch

from models.conditions import TIMELESS, Sequence, without
from models.flow import clean_at
from models.objective import NetworkVelocity
from models.packing import Packed, pack
from models.text import null_caption
from models.transformer import Transformer

VERSION = 2
"""Of what is guided by what: it changes what is made, so whoever names what made a film names it, too."""


@dataclass(frozen=True)
class Guidance:
    """How to guide.

    Attributes:
        scales: condition (``text`` or a role) to scale; 1 asks for nothing and costs nothing.
        interval: times at which guidance acts, both ends included (Kynkäänniemi et al. 2024, arXiv:2404.07724).
        rescale: 0 to 1, how far the deviation is brought back to the unguided one (Lin et al. 2023,
            arXiv:2305.08891, section 3.4).
        parallel: share of the update along the prediction that is kept; 1 is plain guidance, 0 removes what
            saturates colours (adaptive projected guidance, Sadat et al. 2024, arXiv:2410.02416).
        limit: largest root mean square of the update of one sample; none if infinite (same paper).
    """

    scales: Mapping[str, float] = field(default_factory=dict)
    interval: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0
    parallel: float = 1.0
    limit: float = float("inf")

    def __post_init__(self) -> None:
        low, high = self.interval
        if not (0 <= low <= high <= 1 and 0 <= self.rescale <= 1 and self.limit > 0):
            raise ValueError(f"guidance has an interval within 0 to 1, a rescale of 0 to 1 and a limit, got {self}")

    @property
    def asked(self) -> dict[str, float]:
        """The scales that ask for something."""
        return {condition: scale for condition, scale in self.scales.items() if scale != 1.0}


def by_sample(value_N: torch.Tensor, sample_N: torch.Tensor) -> torch.Tensor:
    """The sum of a value over the tokens of each sample, given back to each token."""
    count = int(sample_N.max()) + 1
    return value_N.new_zeros(count).index_add(0, sample_N, value_N)[sample_N]


def projected(
    update_NC: torch.Tensor, prediction_NC: torch.Tensor, sample_N: torch.Tensor, parallel: float, limit: float
) -> torch.Tensor:
    """The update shortened to ``limit`` and, of what lies along the prediction, only the share ``parallel``.

    Per sample; sums run over its tokens and channels. Update and prediction are of clean latents.
    """
    channels = update_NC.shape[1]
    tokens_N = by_sample(torch.ones_like(update_NC[:, 0]), sample_N)
    square_N = by_sample(update_NC.square().sum(-1), sample_N) / (tokens_N * channels)
    update_NC = update_NC * (limit / square_N.sqrt().clamp_min(1e-12)).clamp(max=1.0)[:, None]
    along_N = by_sample((update_NC * prediction_NC).sum(-1), sample_N)
    length_N = by_sample(prediction_NC.square().sum(-1), sample_N).clamp_min(1e-12)
    return update_NC - (1 - parallel) * (along_N / length_N)[:, None] * prediction_NC


def rescaled(guided_NC: torch.Tensor, plain_NC: torch.Tensor, sample_N: torch.Tensor, share: float) -> torch.Tensor:
    """Bring the deviation of each sample back to the plain one by a share."""
    ratio_N = (_deviation(plain_NC, sample_N) / _deviation(guided_NC, sample_N).clamp_min(1e-6))[:, None]
    return share * ratio_N * guided_NC + (1 - share) * guided_NC


def _deviation(value_NC: torch.Tensor, sample_N: torch.Tensor) -> torch.Tensor:
    count_N = by_sample(torch.ones_like(value_NC[:, 0]), sample_N) * value_NC.shape[1]
    mean_N = by_sample(value_NC.sum(-1), sample_N) / count_N
    return (by_sample((value_NC - mean_N[:, None]).square().sum(-1), sample_N) / count_N).sqrt()


def guided(
    plain_NC: torch.Tensor,
    update_NC: torch.Tensor,
    x_NC: torch.Tensor,
    t_N: torch.Tensor,
    sample_N: torch.Tensor,
    guidance: Guidance,
) -> torch.Tensor:
    """The velocity with the update of all conditions, of one modality.

    Tokens outside the interval, and clean ones, keep the plain velocity and count in no sum.
    """
    low, high = guidance.interval
    acts_N = (t_N >= low) & (t_N <= high) & (t_N > 0)
    if not bool(acts_N.any()):
        return plain_NC
    plain, update, t, sample = plain_NC[acts_N], update_NC[acts_N], t_N[acts_N, None], sample_N[acts_N]
    if guidance.parallel != 1.0 or guidance.limit != float("inf"):
        prediction = clean_at(x_NC[acts_N], plain, t)
        update = projected(-t * update, prediction, sample, guidance.parallel, guidance.limit) / -t
    result = plain + update
    if guidance.rescale > 0:
        result = rescaled(result, plain, sample, guidance.rescale)
    return plain_NC.masked_scatter(acts_N[:, None].expand_as(plain_NC), result)


class GuidedVelocity:
    """The guided network as ``u(x, t, r)`` of flat vectors (E,) of ``batch``; ``keeping`` as in ``NetworkVelocity``."""

    def __init__(
        self, network: Transformer, sequences: Listing[Sequence], guidance: Guidance, keeping: bool = False
    ) -> None:
        self.guidance = guidance
        specs, device = network.params.specs, next(network.parameters()).device
        self.batch = pack(sequences, specs).to(device)
        self.plain = NetworkVelocity(network, self.batch, keeping)
        members = {
            condition: [index for index, each in enumerate(sequences) if _has(each, condition)]
            for condition in guidance.asked
        }
        self.members = {condition: indices for condition, indices in members.items() if indices}
        if not self.members:
            return
        every = [*sequences]
        roots = [*range(len(sequences))]
        kept = [[*range(len(each.segments))] for each in sequences]
        for condition, indices in self.members.items():
            for index in indices:
                every.append(without(sequences[index], condition))
                roots.append(index)
                kept.append([n for n, part in enumerate(sequences[index].segments) if part.role != condition])
        self.every = NetworkVelocity(network, pack(every, specs).to(device), keeping)
        self._connect(roots, kept, len(sequences))

    def _connect(self, roots: list[int], kept: list[list[int]], count: int) -> None:
        """Note which element of the batch each element of the batch of variants is, and the way back."""
        base, variants = _element_numbers(self.batch), _element_numbers(self.every.batch)
        device = self.batch.mask_BL.device
        source = torch.empty(self.every.batch.elements, dtype=torch.long)
        ways = [torch.full((self.batch.elements,), -1) for _ in range(1 + len(self.members))]
        owner = [0] * count + [n for n, indices in enumerate(self.members.values(), 1) for _ in indices]
        for variant, (root, segments) in enumerate(zip(roots, kept, strict=True)):
            for own, segment in enumerate(segments):
                here, there = variants[variant][own], base[root][segment]
                source[here] = there
                ways[owner[variant]][there] = here
        self.source, self.ways = source.to(device), [way.to(device) for way in ways]

    def __call__(self, x_E: torch.Tensor, t_E: torch.Tensor, r_E: torch.Tensor) -> torch.Tensor:
        t_E, r_E = t_E.expand_as(x_E), r_E.expand_as(x_E)
        low, high = self.guidance.interval
        if not self.members or not bool(((t_E >= low) & (t_E <= high) & (t_E > 0)).any()):
            return self.plain(x_E, t_E, r_E)
        said = self.every(x_E[self.source], t_E[self.source], r_E[self.source])
        plain_E = said[self.ways[0]]
        update_E = torch.zeros_like(plain_E)
        for condition, way in zip(self.members, self.ways[1:], strict=True):
            # Where the variant has no such token there is nothing to compare with.
            less_E = torch.where(way >= 0, said[way.clamp_min(0)], plain_E)
            update_E = update_E + (self.guidance.asked[condition] - 1) * (plain_E - less_E)
        plain, update, x, t = map(self.batch.unflatten, (plain_E, update_E, x_E, t_E))
        sample = self.batch.of_tokens(self.batch.sample_BL)
        return self.batch.flatten(
            {n: guided(plain[n], update[n], x[n], t[n][:, 0], sample[n], self.guidance) for n in plain}
        )


def _has(sequence: Sequence, condition: str) -> bool:
    """Is there such a condition, and anything to be made that it says something about?

    A reference says what somebody looks like, which is timeless. Once that is made, what a clip does over time would
    only be pushed away from a clip that looks alike.
    """
    if condition == "text":
        return not torch.equal(sequence.caption, null_caption())
    if condition == "reference" and condition in sequence.roles():
        looks = [part.mask_L[part.frame_L == TIMELESS] for part in sequence.segments if part.role != condition]
        mask_L = torch.cat(looks)
        return not len(mask_L) or bool((mask_L > 0).any())
    return condition in sequence.roles()


def _element_numbers(batch: Packed) -> list[list[torch.Tensor]]:
    """For each sequence and segment, the numbers of its elements in the flat vector."""
    numbers = batch.unflatten(torch.arange(batch.elements))
    return [
        [numbers[place.modality][place.start : place.end].reshape(-1) for place in places] for places in batch.places
    ]
