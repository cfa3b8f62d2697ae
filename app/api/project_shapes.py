"""The studio's own shapes: what clients send, and projects as they see them. No path of this machine is in any."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.film import ShotView
from agent.memory.projects import Project
from app.service.jobs import Job
from storyboards.brief import CaptionMode, RetakePolicy
from storyboards.critique import Verdict
from storyboards.shot import Take

Words = Field(min_length=1, max_length=20_000)
UploadId = Annotated[str, StringConstraints(min_length=1, max_length=80)]

ByShot = dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")], UploadId]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Brought(_Body):
    """What a person brings along.

    Attributes:
        clips: uploads that play as shots, by the shot: its number, its id, ``first`` or ``last``.
        first_frames, backdrops: pictures that shots begin with, likewise: with the cast in them, and of places alone.
        voice_over: an upload that is heard over the film; ``voice_text`` are its words, for the captions.
    """

    clips: ByShot = Field(default_factory=dict, max_length=16)
    first_frames: ByShot = Field(default_factory=dict, max_length=16)
    backdrops: ByShot = Field(default_factory=dict, max_length=16)
    voice_over: str = Field("", max_length=80)
    voice_text: str = Field("", max_length=20_000)


class NewProject(_Brought):
    """A brief and how it is filmed.

    Attributes:
        name: of the project; from the brief if it is not given.
        looks: uploads that show elements, by the element's id, name or kind.
        hold: plan and price it, then wait for ``approve``.
    """

    brief: str = Field(min_length=1, max_length=200_000)
    name: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")
    duration_s: float | None = Field(None, ge=1, le=600)
    aspect: Literal["16:9", "9:16", "1:1"] | None = None
    size: str | None = Field(None, pattern=r"^[0-9]{2,4}x[0-9]{2,4}$")
    fps: str = Field("24", pattern=r"^[0-9]{1,6}(/[0-9]{1,5})?$")
    seed: int = Field(0, ge=0, lt=2**31)
    style: str | None = Field(None, max_length=40)
    captions: CaptionMode = "soft"
    takes_per_shot: int = Field(3, ge=1, le=10)
    takes_at_once: int = Field(1, ge=1, le=10)
    policy: RetakePolicy = "directed"
    max_cost_usd: float | None = Field(None, ge=0)
    looks: dict[str, str] = Field(default_factory=dict, max_length=16)
    hold: bool = False
    backend: str | None = Field(None, max_length=40)


class EditWords(_Brought):
    """A change; the words may be empty when looks, clips, pictures to begin with or a voice-over are given."""

    words: str = Field("", max_length=20_000)
    looks: dict[str, str] = Field(default_factory=dict, max_length=16)
    hold: bool = False


class ProposeWords(_Body):
    words: str = Words


class Token(_Body):
    """What was agreed to: the token of a priced plan or of a proposal."""

    token: str = Field(min_length=1, max_length=100)


class NewStoryboard(_Brought):
    storyboard: dict[str, Any]
    why: str = Field("a storyboard was sent", max_length=2000)


class PickTake(_Body):
    """The take to keep by its ordinal; none leaves the choice to the judge again."""

    take: int | None = Field(None, ge=1, le=1000)


class LockShot(_Body):
    locked: bool


class GoTo(_Body):
    """A version by number, digest, branch, or ``before``, ``first``, ``last``."""

    version: str = Field(min_length=1, max_length=80)


class NewBranch(_Body):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")


class Look(_Body):
    """An upload that shows an element."""

    upload: str = Field(min_length=1, max_length=80)


class Message(_Body):
    """Something said; the text may be empty when uploads come with it.

    Attributes:
        uses: by upload, what it is for where the text does not say it: the shot that a clip plays as, whom a picture
            shows, ``words`` for a text that has those of the voice-over.
    """

    text: str = Field("", max_length=200_000)
    uploads: list[UploadId] = Field(default_factory=list, max_length=8)
    uses: dict[str, Annotated[str, StringConstraints(max_length=80)]] = Field(default_factory=dict, max_length=8)
    film: bool = True


class ProjectLine(BaseModel):
    """A project in a list; ``status`` is new, planned, complete, degraded or failed."""

    name: str
    title: str
    status: str
    changed_at_s: float


class ProjectShape(BaseModel):
    """A project as it stands.

    Attributes:
        degraded: why the last cut is less than was promised; empty for a complete one.
        cut: whether the film that is there is of the plan in force, and ``cut_causes`` what it lacks.
    """

    name: str
    title: str
    status: str
    degraded: list[str]
    notes: list[str]
    shots: list[ShotView]
    messages: list[dict[str, str]]
    versions: int
    cut: str
    cut_causes: list[str]
    duration_s: float
    spend_usd: float
    work_s: float
    jobs: list[Job]
    links: dict[str, str]


class Started(BaseModel):
    """Work that was begun: follow ``job``, or the project's events."""

    project: str
    job: Job


class TakeShape(BaseModel):
    """A take without where it lies; ``kept`` says that it plays in the last cut."""

    key: str
    shot_id: str
    ordinal: int
    backend: str
    frames: int
    rate: str
    width: int
    height: int
    seed: int
    wall_s: float
    cost_usd: float
    notes: list[str]
    why: str
    kept: bool
    links: dict[str, str]


class VerdictShape(BaseModel):
    """A claim of the plan with the answer, if anybody could give one."""

    claim: str
    kind: str
    shot_id: str
    text: str
    verdict: Verdict | None


class CutShape(BaseModel):
    key: str
    sha256: str
    status: str
    duration_s: float
    notes: list[str]
    at_s: float
    links: dict[str, str]


class ElementShape(BaseModel):
    """Somebody or something of the cast; ``reference`` says where its look comes from, if it has one."""

    id: str
    kind: str
    subject: str
    colour: str
    name: str
    described_as: str
    voice: str
    reference: str
    links: dict[str, str]


class Changed(BaseModel):
    """What was put in force, in words. Nothing was filmed: ``resume`` does that."""

    project: str
    changes: list[str]
    version: str = ""


class Priced(BaseModel):
    """What an edit would change, film and cost; ``apply`` its token to make it."""

    changes: list[str]
    stale: list[str]
    cost_usd: float
    cost_usd_at_most: float
    seconds: float | None
    words: str
    token: str


def line_of(project: Project) -> ProjectLine:
    return ProjectLine(
        name=project.name, title=project.title, status=project.status, changed_at_s=project.changed_at_s
    )  # fmt: skip


def take_of(take: Take, project: str, why: str, kept: bool) -> TakeShape:
    base = f"/api/projects/{project}/takes/{take.key}"
    return TakeShape(
        key=take.key, shot_id=take.shot_id, ordinal=take.ordinal, backend=take.backend, frames=take.frames,
        rate=str(take.rate), width=take.width, height=take.height, seed=take.seed, wall_s=take.wall_s,
        cost_usd=take.cost_usd, notes=list(take.notes), why=why, kept=kept,
        links={"video": f"{base}/video", "still": f"{base}/still"},
    )  # fmt: skip


def brought_of(body: _Brought) -> dict[str, Any]:
    """What was brought along, as an order of the studio has it."""
    fields = ("clips", "first_frames", "backdrops", "voice_over", "voice_text")
    return {name: getattr(body, name) for name in fields}
