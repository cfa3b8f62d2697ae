"""Network work in a blocking tool: progress is told four times a second, so that a cancelled run ends within one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tools.contract import Progress

Result = TypeVar("Result")

TICK_S = 0.25


def attended(
    work: Coroutine[Any, Any, Result], progress: Progress, share: Callable[[], float], grace_s: float = 0.0
) -> Result:
    """The result of ``work``, run to its end in a loop of its own while ``progress`` is told the ``share`` done.

    Args:
        grace_s: for which a cancelled run waits for work that should not be torn off. If it ends within it, its result
            is returned, and the next call of ``progress`` cancels.

    Raises:
        whatever the work raises, or ``progress``, which cancels it.
    """

    async def run() -> Result:
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=TICK_S))[0]:
                try:
                    progress(share())
                except BaseException:
                    done, _ = await asyncio.wait({task}, timeout=grace_s)
                    if done and task.exception() is None:
                        break
                    raise
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=TICK_S)

    return asyncio.run(run())
