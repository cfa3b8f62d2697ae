"""Everything that can go wrong, drawn once.

StoryreelError                      exit 1
├── BadInput                        exit 2   the caller can mend it; nothing was spent
│   ├── BadBrief                             empty, meaningless, too long, impossible limits
│   ├── BadStoryboard                        breaks a rule of the schema
│   ├── BadEdit                              the edit could not be understood or applied
│   ├── BadMedia                             a file given by the user is not what it should be
│   ├── BadOutput                            the place to write to cannot be written
│   ├── UnknownName                          no such project, shot, backend, format
│   ├── ToolRefused                          a tool call outside the catalogue, its bounds or what the backend can
│   ├── NotAllowed                           the key does not allow it, or there is none
│   └── OverLimit                            asks for more than the limits allow
├── PlanningFailed                           the planner gave no storyboard
│   ├── PlannerRefused
│   ├── PlannerTimedOut
│   └── PlannerReplyInvalid
├── GenerationFailed                         a backend made no usable take
│   ├── BackendUnavailable
│   ├── TakeDoubtful                         it may have been made and charged, and nobody knows
│   └── TakeCorrupt
├── SpeechFailed                             a configured speaker gave no speech
├── JudgeFailed                              a configured judge gave no verdict
├── MediaFailed                              encoding, decoding or cutting failed
├── StorageFailed                            the disk or the database let us down
│   ├── DiskFull
│   ├── ContentMissing                       a recorded file is gone or no longer has its hash
│   └── ProjectCorrupt                       the database cannot be read
├── QueueFull                                too much waits to be made already
├── BudgetSpent                              a limit was reached; what exists is kept
└── ApprovalNeeded                           the plan waits for a yes
"""

from __future__ import annotations


class StoryreelError(Exception):
    """Base of all expected failures.

    Args:
        message: what was asked and what was found.
        next_step: what the caller can do about it, as a sentence or a command.
        shot_id: the shot concerned, if there is one.
    """

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "", shot_id: str | None = None) -> None:
        super().__init__(message)
        self.message, self.next_step, self.shot_id = message, next_step, shot_id

    def __str__(self) -> str:
        where = f"shot {self.shot_id}: " if self.shot_id else ""
        return where + self.message + (f" {self.next_step}" if self.next_step else "")


class BadInput(StoryreelError):
    exit_code = 2


class BadBrief(BadInput):
    pass


class BadStoryboard(BadInput):
    pass


class BadEdit(BadInput):
    pass


class BadMedia(BadInput):
    pass


class BadOutput(BadInput):
    pass


class UnknownName(BadInput):
    pass


class NotAllowed(BadInput):
    pass


class ToolRefused(BadInput):
    """A tool call that is not carried out.

    ``reason``: ``unknown`` (not in the catalogue), ``undeclared`` (not offered here), ``arguments`` (of another form or
    out of bounds), ``backend`` (who films cannot do it), ``limit`` (too many).
    """

    def __init__(self, message: str, *, reason: str, next_step: str = "", shot_id: str | None = None) -> None:
        super().__init__(message, next_step=next_step, shot_id=shot_id)
        self.reason = reason


class OverLimit(BadInput):
    pass


class PlanningFailed(StoryreelError):
    pass


class PlannerRefused(PlanningFailed):
    pass


class PlannerTimedOut(PlanningFailed):
    pass


class PlannerReplyInvalid(PlanningFailed):
    pass


class GenerationFailed(StoryreelError):
    pass


class BackendUnavailable(GenerationFailed):
    pass


class TakeDoubtful(GenerationFailed):
    pass


class TakeCorrupt(GenerationFailed):
    pass


class SpeechFailed(StoryreelError):
    pass


class JudgeFailed(StoryreelError):
    pass


class MediaFailed(StoryreelError):
    pass


class StorageFailed(StoryreelError):
    pass


class DiskFull(StorageFailed):
    pass


class ContentMissing(StorageFailed):
    pass


class ProjectCorrupt(StorageFailed):
    pass


class QueueFull(StoryreelError):
    pass


class BudgetSpent(StoryreelError):
    pass


class ApprovalNeeded(StoryreelError):
    pass
