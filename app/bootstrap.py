"""The one place that chooses real things: planner, backend, speaker, judges, store, memory."""

from __future__ import annotations

import os
import signal
from functools import partial
from typing import TYPE_CHECKING, cast

from app.settings import Settings
from storyboards.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from agent.chat.reading import Reader
    from agent.crew import SoundDepartment
    from agent.director import Director
    from agent.memory.memory import Memory
    from agent.plan import Planner
    from agent.reviser import Reviser
    from app.service.studio import Studio
    from tools.contract import Artist, Judge, Speaker, VideoBackend

BACKENDS = ("animatic", "reel")
"""Those of this repository, which cost nothing."""
SIZED = ("reel-tiny", "reel-nano", "reel-small")
"""The reel with one of its sizes. Not offered, since the size is a setting, but known by name: films were made so."""
REMOTE_BACKEND, DIFFUSERS_BACKEND = "openai-videos", "diffusers"
OF_SETTINGS = {
    REMOTE_BACKEND: "Set STORYREEL_VIDEO_BASE_URL and _MODEL to film there.",
    DIFFUSERS_BACKEND: "Set STORYREEL_DIFFUSERS_MODEL to film with a pipeline of your own.",
}
"""Backends that are there once they are set, and how to set them."""


def build_director(settings: Settings, backend: str | None = None, project: str | None = None) -> Director:
    """A director with everything real behind it, ready to make films in ``settings.home``.

    Args:
        backend: who films; if None whoever filmed ``project`` last, so that an edit films only what it changes, and
            what has not been filmed yet that of the settings.

    Raises:
        UnknownName: no such backend.
        ProjectCorrupt: the home's database cannot be read.
    """
    _share_the_cores(settings.workers)
    import agent.deliver
    import tools.edit
    import tools.measure
    from agent.crew import Crew
    from agent.director import Director
    from tools.store import Store

    # A name that is wrong is refused before anything is opened: a refused call leaves nothing behind.
    named = choose_backend(backend, settings) if backend else None
    memory = open_memory(settings)
    before = memory.ledger.filmed_with(project) if project else None
    filming = named or choose_backend(before or settings.backend, settings)
    if settings.crash_at:
        _crash_at(settings.crash_at)
    crew = Crew(
        home=settings.home,
        planner=choose_planner(settings),
        backend=filming,
        store=Store(settings.home / "store"),
        memory=memory,
        judges=choose_judges(settings),
        sound=choose_sound(settings),
        speaker=choose_speaker(settings),
        editor=tools.edit,
        examiner=tools.measure,
        publisher=agent.deliver,
        parallel=settings.workers,
        artist=artist_of(filming),
        reviser=choose_reviser(settings),
    )
    return Director(crew)


def choose_sound(settings: Settings) -> SoundDepartment:
    """Who makes what is heard and not spoken."""
    if settings.sound == "reel":
        from tools.backends.reel_sounds import ReelSounds

        return cast("SoundDepartment", ReelSounds())
    import tools.generate_audio

    return tools.generate_audio


def build_studio(settings: Settings, backend: str | None = None, workers: int = 1) -> Studio:
    """The studio of ``settings.home``, not started yet.

    Args:
        backend: films what nobody has filmed yet; that of the settings if None.
        workers: jobs that run at once.

    Raises:
        UnknownName: no such backend.
        ProjectCorrupt: the home's database cannot be read.
    """
    from app.service.directors import Directors
    from app.service.studio import Studio

    backend = backend or settings.backend
    if backend not in (*names_of(settings), *SIZED):
        raise UnknownName(
            f"there is no backend {backend!r}.", next_step=f"Choose one of: {', '.join(names_of(settings))}."
        )
    build = partial(build_director, settings)
    return Studio(
        Directors(open_memory(settings), build, backend, names_of(settings), SIZED),
        workers=workers, reader=choose_reader(settings),
    )  # fmt: skip


def choose_backend(name: str, settings: Settings | None = None) -> VideoBackend:
    """Who films, at the price of the price table.

    Raises:
        UnknownName: no such backend.
        BadInput: it is a server of somebody's and no price was set for it.
    """
    filming = _backend(name, settings)
    price = settings.prices.get(name) if settings else None
    if price is None:
        if name == REMOTE_BACKEND:
            raise BadInput(
                f"what {name} costs is not known.",
                next_step="Set STORYREEL_PRICE_OPENAI_VIDEOS_USD_PER_SECOND or _USD_PER_CALL; 0 for a server of yours.",
            )
        return filming
    from tools.backends.priced import BackendPrice, PricedBackend

    return cast("VideoBackend", PricedBackend(filming, BackendPrice(price.usd_per_second, price.usd_per_call)))


def _backend(name: str, settings: Settings | None) -> VideoBackend:
    if name == "animatic":
        from tools.backends.animatic import Animatic

        return Animatic()
    if name in ("reel", *SIZED):
        from tools.backends.reel import ReelBackend

        return ReelBackend(name.partition("-")[2] or (settings.reel_size if settings else ""), name=name)
    if name == REMOTE_BACKEND and settings is not None and settings.video is not None:
        from tools.backends.openai_videos import Offer, OpenAIVideos
        from tools.backends.video_wire import Patience, Server

        video = settings.video
        return OpenAIVideos(
            Server(video.base_url, video.model, video.api_key), Patience(job_s=video.limit_s),
            Offer(video.sizes, video.lengths_s), dedupes=video.dedupes, uses_references=video.references,
        )  # fmt: skip
    if name == DIFFUSERS_BACKEND and settings is not None and settings.diffusers is not None:
        from tools.backends.diffusers import DiffusersBackend
        from tools.backends.pipeline_plan import Filmer

        chosen = settings.diffusers
        return DiffusersBackend(chosen.model, Filmer(**chosen.model_dump(exclude={"model"})))
    how = f" {OF_SETTINGS[name]}" if name in OF_SETTINGS else ""
    raise UnknownName(
        f"there is no backend {name!r}.{how}", next_step=f"Choose one of: {', '.join(names_of(settings))}."
    )


def names_of(settings: Settings | None) -> tuple[str, ...]:
    """The backends that are offered with these settings."""
    if settings is None:
        return BACKENDS
    chosen = {REMOTE_BACKEND: settings.video, DIFFUSERS_BACKEND: settings.diffusers}
    return (*BACKENDS, *(name for name, of in chosen.items() if of is not None))


def artist_of(backend: VideoBackend) -> Artist | None:
    """The backend itself, if it can draw the cast, so that references and shots are of one hand."""
    return cast("Artist", backend) if hasattr(backend, "draw") else None


def choose_planner(settings: Settings) -> Planner:
    """The LLM planner when an endpoint is set, the offline rulebook otherwise."""
    if settings.llm is not None:
        from agent.llm_meter import TokenPrices
        from agent.llm_notebook import StoreNotebook
        from agent.llm_planner import LLMPlanner
        from tools.store import Store

        chosen, store = settings.llm, Store(settings.home / "store")
        prices = TokenPrices(chosen.usd_per_mtok_in, chosen.usd_per_mtok_out)
        return LLMPlanner(
            chosen.base_url, chosen.model, chosen.api_key, timeout_s=chosen.timeout_s, prices=prices,
            notebook=StoreNotebook(store),
        )  # fmt: skip
    from agent.rulebook import Rulebook

    return Rulebook()


def choose_reviser(settings: Settings) -> Reviser:
    """The language model if it is set to revise, too; the rulebook otherwise."""
    if settings.llm is not None and settings.llm.revises:
        from agent.llm_client import LLMClient
        from agent.llm_meter import TokenPrices
        from agent.llm_reviser import LLMReviser

        chosen = settings.llm
        client = LLMClient(chosen.base_url, chosen.model, chosen.api_key, chosen.timeout_s)
        return LLMReviser(client, TokenPrices(chosen.usd_per_mtok_in, chosen.usd_per_mtok_out))
    from agent.reviser import RulebookReviser

    return RulebookReviser()


def choose_reader(settings: Settings) -> Reader | None:
    """Reads what is said in chats with the language model, if one is set; by rule otherwise."""
    if settings.llm is None:
        return None
    from agent.chat.model_reader import ModelReader
    from agent.llm_client import LLMClient
    from agent.llm_meter import TokenPrices

    chosen = settings.llm
    client = LLMClient(chosen.base_url, chosen.model, chosen.api_key, chosen.timeout_s)
    return ModelReader(client, TokenPrices(chosen.usd_per_mtok_in, chosen.usd_per_mtok_out))


def choose_judges(settings: Settings) -> tuple[Judge, ...]:
    """The measurements, then the critic for what they cannot tell, then the configured vision-language model.

    Raises:
        JudgeFailed: the critic's weights are missing or changed.
    """
    from tools.measure import Measurements

    own: tuple[Judge, ...] = (Measurements(),)
    if settings.critic:
        from tools.own_judge import OwnJudge

        own = (*own, OwnJudge("critic"))
    if settings.judge is None:
        return own
    from tools.judge import VlmJudge
    from tools.judge_pictures import FramePolicy
    from tools.judge_wire import Prices

    chosen = settings.judge
    reader = VlmJudge(
        chosen.base_url, chosen.model, chosen.api_key, timeout_s=chosen.timeout_s,
        policy=FramePolicy(chosen.frames, chosen.width, chosen.layout),
        prices=Prices(chosen.usd_per_mtok_in, chosen.usd_per_mtok_out), second_opinions=chosen.second_opinions,
    )  # fmt: skip
    return (*own, reader)


def choose_speaker(settings: Settings) -> Speaker:
    """The configured speech endpoint, else espeak-ng when it is installed, else captions without a voice."""
    from tools.speak import EspeakSpeaker, OpenAISpeaker, SilentSpeaker, espeak_is_installed

    if settings.speech is not None:
        speech = settings.speech
        return OpenAISpeaker(base_url=speech.base_url, model=speech.model, api_key=speech.api_key)
    return EspeakSpeaker() if espeak_is_installed() else SilentSpeaker()


def open_memory(settings: Settings) -> Memory:
    """The memory of this home, migrated to the newest schema.

    Raises:
        ProjectCorrupt, DiskFull, StorageFailed: see :class:`agent.memory.memory.Memory`.
    """
    from agent.memory.memory import Memory

    return Memory(settings.home)


def _share_the_cores(workers: int) -> None:
    """Each shot that is rendered at once gets its share of the cores; threads that wait sleep.

    OpenMP reads these when torch is first imported, so this comes before; what the user has set wins.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")


def _crash_at(count: int) -> None:
    """Kill this process with SIGKILL at the ``count``-th fault point, for durability tests."""
    from tools import faults

    seen = 0

    def kill(point: str) -> None:
        nonlocal seen
        seen += 1
        if seen == count:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.watch(kill)
