"""Muon for the matrices of the blocks, AdamW for everything else, a schedule, and a moving average of the weights.

Muon: Jordan et al. 2024 (kellerjordan.github.io/posts/muon); its scale to AdamW's as in Liu et al. 2025
(arXiv:2502.16982), so that both share one rate and one decay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from models.blocks import FusedLinear

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic whose iteration takes every singular value in (0, 1] to about 0.7 to 1.2 in five rounds."""


@dataclass(frozen=True)
class OptimiserParams:
    """How to step.

    Attributes:
        rate: learning rate of AdamW and, through Muon's scale, of Muon.
        decay: weight decay, of matrices only.
        momentum: of Muon.
        betas: of AdamW.
        muon: False for the comparison with AdamW alone.
        clip: largest norm of the gradient.
    """

    rate: float = 1e-3
    decay: float = 0.01
    momentum: float = 0.95
    betas: tuple[float, float] = (0.9, 0.99)
    muon: bool = True
    clip: float = 1.0


def orthogonalised(matrix: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """The nearest matrix with equal singular values, roughly: Newton and Schulz's iteration, (…, rows, columns).

    In bf16 on a GPU, or if it is given so, else in fp32. A matrix of zeros stays zero.
    """
    a, b, c = COEFFICIENTS
    x = matrix.bfloat16() if matrix.is_cuda or matrix.dtype == torch.bfloat16 else matrix.float()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp_min(1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if tall else x).type_as(matrix)


def quick_in_half(tensor: torch.Tensor) -> bool:
    """Does the processor of a tensor multiply bf16 natively? Where it does, twice as fast as fp32, else slower."""
    return tensor.is_cuda or torch.cpu._is_avx512_bf16_supported()


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are made orthogonal before each step.

    Args:
        matrices: each with the number of maps that are fused in it; these are made orthogonal one by one, because
            together the largest would drown the others.
    """

    def __init__(
        self, matrices: Iterable[tuple[nn.Parameter, int]], rate: float, momentum: float, decay: float
    ) -> None:
        by_parts: dict[int, list[nn.Parameter]] = {}
        for parameter, parts in matrices:
            by_parts.setdefault(parts, []).append(parameter)
        groups = [{"params": members, "parts": parts} for parts, members in sorted(by_parts.items())]
        super().__init__(groups, {"lr": rate, "momentum": momentum, "weight_decay": decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            waiting: dict[torch.Size, list[tuple[nn.Parameter, torch.Tensor]]] = {}
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                momentum = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
                momentum.lerp_(parameter.grad, 1 - group["momentum"])
                ahead = parameter.grad.lerp(momentum, group["momentum"])
                split = ahead.unflatten(0, (group["parts"], -1))
                waiting.setdefault(split.shape, []).append((parameter, split))
            for shape, members in waiting.items():
                # All matrices of a shape in one product: on a GPU the launches cost more than the sums.
                joined = torch.cat([split for _, split in members])
                updates = orthogonalised(joined.bfloat16() if quick_in_half(joined) else joined).split(shape[0])
                scale = 0.2 * math.sqrt(max(shape[-2:]))
                for (parameter, _), update in zip(members, updates, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(update.flatten(0, 1), alpha=-group["lr"] * scale)


def fused_parts(module: nn.Module) -> dict[str, int]:
    """Maps fused in each weight of the module, by name; 1 where nothing is fused."""
    return {
        f"{name}.weight": child.parts if isinstance(child, FusedLinear) else 1
        for name, child in module.named_modules()
        if isinstance(child, nn.Linear)
    }


def is_for_muon(name: str, parameter: nn.Parameter, parts: Mapping[str, int]) -> bool:
    """Is this the weight of a linear map inside a block? Ends, embeddings and modulation are AdamW's."""
    return parameter.ndim == 2 and name in parts and "blocks." in name


class Optimiser:
    """Muon and AdamW as one, with the gradient clipped, a rate that is set from outside, and a state to resume from."""

    def __init__(self, module: nn.Module, params: OptimiserParams | None = None) -> None:
        self.params = params or OptimiserParams()
        self.parameters = {name: each for name, each in module.named_parameters() if each.requires_grad}
        parts = fused_parts(module)
        chosen = {n: p for n, p in self.parameters.items() if self.params.muon and is_for_muon(n, p, parts)}
        rest = {name: each for name, each in self.parameters.items() if name not in chosen}
        matrices = [p for n, p in rest.items() if n in parts]
        others = [p for n, p in rest.items() if n not in parts]
        groups = [
            {"params": members, "weight_decay": decay}
            for members, decay in ((matrices, self.params.decay), (others, 0.0))
            if members
        ]
        self.members: list[torch.optim.Optimizer] = []
        if groups:
            fused = all(each.is_cuda for each in rest.values())
            self.members.append(torch.optim.AdamW(groups, self.params.rate, self.params.betas, fused=fused))
        if chosen:
            pairs = [(each, parts[name]) for name, each in chosen.items()]
            self.members.append(Muon(pairs, self.params.rate, self.params.momentum, self.params.decay))

    def step(self, scale: float = 1.0) -> float:
        """One step at ``scale`` times the rate; the norm of the gradient before clipping.

        Raises:
            FloatingPointError: the gradient is not finite; nothing has been changed.
        """
        norm = float(nn.utils.clip_grad_norm_(self.parameters.values(), self.params.clip))
        if not math.isfinite(norm):
            raise FloatingPointError(f"the norm of the gradient is {norm}; go back to the last checkpoint")
        for member in self.members:
            for group in member.param_groups:
                group["lr"] = self.params.rate * scale
            member.step()
        for each in self.parameters.values():
            each.grad = None
        return norm

    def state(self) -> dict[str, torch.Tensor]:
        """Everything a resumed run needs, as tensors by the names of the parameters: for ``checkpoint.save``."""
        names = {id(each): name for name, each in self.parameters.items()}
        return {
            f"{names[id(parameter)]}//{key}": torch.as_tensor(value)
            for member in self.members
            for parameter, values in member.state.items()
            for key, value in values.items()
        }

    def resume(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take up a state that ``state`` gave.

        Raises:
            ValueError: it belongs to other parameters.
        """
        owners = {p: member for member in self.members for group in member.param_groups for p in group["params"]}
        strange = [key for key in state if key.rpartition("//")[0] not in self.parameters]
        if strange:
            raise ValueError(f"the optimiser's state is of another network: it has {strange[0]}")
        for key, value in state.items():
            name, _, what = key.rpartition("//")
            parameter = self.parameters[name]
            on_device = value if what == "step" and not parameter.is_cuda else value.to(parameter.device)
            owners[parameter].state[parameter][what] = on_device.clone()


def rate_scale(step: int, progress: float, *, warm_up: int = 100, floor: float = 0.05) -> float:
    """Share of the rate: a straight rise over the first steps times half a cosine over the budget.

    Args:
        step: from 0.
        progress: share of the budget that is spent, 0 to 1, in steps or in minutes.
    """
    fall = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))
    return min(1.0, (step + 1) / warm_up) * fall


class Ema:
    """Exponential moving average of the weights in fp32, whatever they are trained in.

    The n-th decay is at most (1 + n)/(10 + n), so that the random start is forgotten soon. In half precision a step
    of a thousandth of a small difference rounds to nothing; fp32 is what makes it move.
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        self.decay, self.steps = decay, 0
        self.shadow = {name: value.detach().clone() for name, value in module.state_dict().items()}
        for name, value in self.shadow.items():
            if value.is_floating_point():
                self.shadow[name] = value.float()

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        self.steps += 1
        share = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        live = module.state_dict()
        moving = [name for name, shadow in self.shadow.items() if shadow.is_floating_point()]
        torch._foreach_lerp_([self.shadow[name] for name in moving], [live[name].float() for name in moving], share)
        for name in self.shadow.keys() - set(moving):
            self.shadow[name].copy_(live[name])

    def copy_to(self, module: nn.Module) -> None:
        """Put the average into a network."""
        module.load_state_dict(self.shadow, strict=True)

    def state(self) -> dict[str, Any]:
        return {**self.shadow, "ema.steps": torch.tensor(self.steps)}

    def resume(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take up a state that ``state`` gave.

        Raises:
            ValueError: it belongs to another network.
        """
        wanted = {*self.shadow, "ema.steps"}
        if set(state) != wanted:
            raise ValueError(f"the average is of another network; it differs in {sorted(set(state) ^ wanted)[:3]}")
        self.steps = int(state["ema.steps"])
        self.shadow = {name: state[name].to(value) for name, value in self.shadow.items()}
