"""Several processes that train one network: started, joined in a sum of their gradients, and ended together.

On a CPU every process has one thread: two threads of one process wait for each other between any two operations, two
processes only once a step. On GPUs ``torchrun`` starts the processes and the rest is the same.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import distributed, nn

from models.train.quiet import quieten


@dataclass
class Group:
    """The processes of one training, as one of them sees it.

    Attributes:
        rank, world: which of how many.
        device: where this one works.
        stopped: asked to end by a signal.
    """

    rank: int = 0
    world: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    stopped: bool = False
    parent: int = field(default_factory=os.getppid)

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as a wish to save and end. For the main thread only."""

        def stop(signum: int, frame: FrameType | None) -> None:
            self.stopped = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    @property
    def ending(self) -> bool:
        """Asked to end, or left alone by the process that started this one."""
        return self.stopped or (self.world > 1 and os.getppid() != self.parent)

    def sum_gradients(self, parameters: Iterable[nn.Parameter], flags: torch.Tensor) -> torch.Tensor:
        """Make every gradient the mean over the processes, and every flag the sum, in one exchange.

        Args:
            flags: a few numbers, (U,).
        """
        if self.world == 1:
            return flags
        held = list(parameters)
        gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in held]
        flat = torch.cat([*(each.reshape(-1) for each in gradients), flags.to(self.device) * self.world])
        flat /= self.world
        distributed.all_reduce(flat)
        start = 0
        for parameter, gradient in zip(held, gradients, strict=True):
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            parameter.grad = gradient
            start += gradient.numel()
        return flat[start:].cpu()

    def gathered(self, own: Any) -> list[Any]:
        """What every process says, in order of rank."""
        if self.world == 1:
            return [own]
        said: list[Any] = [None] * self.world
        distributed.all_gather_object(said, own)
        return said


def started_by_torchrun() -> bool:
    return "WORLD_SIZE" in os.environ and "LOCAL_RANK" in os.environ


def run(work: Callable[[Group], None], processes: int, device: str) -> None:
    """Run ``work`` in so many processes, or in this one where there is one or torchrun started it.

    Args:
        work: can be pickled, if there are several.

    Raises:
        ValueError: several processes are asked for on one GPU; torchrun starts those.
        torch.multiprocessing.ProcessRaisedException: a process failed; the others are ended.
    """
    if started_by_torchrun():
        _under_torchrun(work, device)
    elif processes == 1:
        group = Group(device=torch.device(device))
        if device == "cpu":
            torch.set_num_threads(1)
        group.listen()
        work(group)
    elif device != "cpu":
        raise ValueError("several processes on GPUs are started by torchrun: torchrun --nproc-per-node N -m app.cli …")
    else:
        _spawn(work, processes)


def _under_torchrun(work: Callable[[Group], None], device: str) -> None:
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    own = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if device == "cuda" else torch.device("cpu")
    if own.type == "cuda":
        torch.cuda.set_device(own)
    distributed.init_process_group("nccl" if own.type == "cuda" else "gloo", timeout=timedelta(hours=2))
    try:
        group = Group(rank, world, own)
        group.listen()
        work(group)
    finally:
        distributed.destroy_process_group()


def _spawn(work: Callable[[Group], None], processes: int) -> None:
    quieten(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        meeting = str(Path(folder) / "meeting")
        context = torch.multiprocessing.spawn(_one, (processes, meeting, work), processes, join=False)
        assert context is not None
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def pass_on(signum: int, frame: FrameType | None) -> None:
            for pid in context.pids():
                if pid is not None:
                    os.kill(pid, signal.SIGTERM)

        try:
            for number in before:
                signal.signal(number, pass_on)
            while not context.join():
                pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _one(rank: int, world: int, meeting: str, work: Callable[[Group], None]) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=world, timeout=timedelta(hours=2)
    )
    try:
        group = Group(rank, world)
        group.listen()
        work(group)
        # Nobody leaves while another still holds its connection.
        distributed.barrier()
    finally:
        distributed.destroy_process_group()
    # A thread of gloo's that outlives the interpreter would abort a process that has done its work.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
