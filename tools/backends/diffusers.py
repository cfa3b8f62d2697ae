"""Any text- or image-to-video pipeline of diffusers as a backend (extra ``[diffusers]``), by folder or by name.

Only what is on this machine is read unless a setting allows more, and only safetensors. A pipeline films frames, sizes
and lengths of its own; what it makes is sampled and fitted to the shot, and what shows of that is said.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import inspect
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from storyboards.errors import BackendUnavailable, GenerationFailed, TakeCorrupt
from storyboards.storyboard import digest_of
from tools.backends.fitting import write_fitted
from tools.backends.pipeline_plan import Filmer, Plan, default_of, plan_for
from tools.backends.shown import BEGINS, frame_shown
from tools.contract import Filming, Progress, ShotRequest
from tools.media import CODEC_VERSION
from tools.store import file_sha256

if TYPE_CHECKING:
    import torch

SAMPLED = 0.9
"""Share of the work that is done when the last step is."""
WAIT_S = 0.25
HASHED = frozenset({".json", ".safetensors", ".txt", ".model"})
NEEDED = ("diffusers", "transformers")
_SHA = re.compile(r"[0-9a-f]{64}")


class DiffusersBackend:
    """Films with one pipeline, one shot at a time; it is loaded when the first is filmed.

    Args:
        model: a folder as ``save_pretrained`` writes it, or the name of one in the hub's cache.

    Raises:
        BackendUnavailable: the extra is not installed.
    """

    name = "diffusers"

    def __init__(self, model: str, how: Filmer | None = None) -> None:
        missing = [package for package in NEEDED if importlib.util.find_spec(package) is None]
        if missing:
            raise BackendUnavailable(
                f"{' and '.join(missing)} must be installed to film with a pipeline of diffusers.",
                next_step="`pip install 'storyreel[diffusers]'`, or film with --backend reel.",
            )
        self._model, self._how = model, how or Filmer()
        self._lock = threading.Lock()
        self._pipeline: Any = None

    @functools.cached_property
    def version(self) -> str:
        """Of the weights' files, the library, what is asked of it, and the encoding.

        Raises:
            BackendUnavailable: the model is not here.
        """
        library, how = importlib.metadata.version("diffusers"), digest_of(self._how.card())
        return f"{self._weights[:16]}.{library}.{how[:8]}.{CODEC_VERSION}"

    @property
    def uses_references(self) -> bool:
        """Does the pipeline begin with a picture?"""
        return "ImageToVideo" in self._class_name or "Image2Video" in self._class_name

    @property
    def abilities(self) -> frozenset[str]:
        """A pipeline that begins with a picture begins with the one that is wanted."""
        return BEGINS if self.uses_references else frozenset()

    def price_usd(self, request: ShotRequest) -> float:
        return 0.0

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        """Make the shot. Cancelling takes until the step that is being made has ended.

        Raises:
            BadStoryboard: a word that has no caption.
            BackendUnavailable: the pipeline cannot be loaded.
            GenerationFailed: it makes no films, declined the shot, needs a picture, or there is not enough memory.
            TakeCorrupt: what it made is no picture.
            MediaFailed, DiskFull: the file could not be written; nothing is left.
        """
        from models.world.caption import captions
        from tools.staging import MAX_SEED, scene_of

        caption = captions(scene_of(request), sound=False).full
        seed = (request.place_seed + request.shot.seed) % MAX_SEED
        while not self._lock.acquire(timeout=WAIT_S):
            progress(0.0)
        try:
            pipeline = self._loaded(request)
            plan = plan_for(pipeline, self._how, request)
            asked, notes = self._asked(pipeline, plan, request, caption)
            progress(0.0)
            video_FHWC = self._made(pipeline, asked, seed, request, progress)
        finally:
            self._lock.release()

        def rest(share: float) -> None:
            progress(SAMPLED + (1 - SAMPLED) * share)

        frames = (picture for picture in video_FHWC)
        fitted = write_fitted(frames, plan.size, plan.rate, request, out, rest)
        recipe = {
            "pipeline": type(pipeline).__name__, "weights": self._weights, "caption": caption, "seed": seed,
            "frames": plan.frames, "size": list(plan.size), "fps": float(plan.rate),
            "steps": asked["num_inference_steps"], "guidance": asked.get("guidance_scale"),
        }  # fmt: skip
        return Filming(recipe, notes=(*plan.notes, *notes, *fitted))

    def _asked(
        self, pipeline: Any, plan: Plan, request: ShotRequest, caption: str
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The arguments of the call, and notes on what is not shown."""
        from PIL import Image

        takes = inspect.signature(pipeline.__call__).parameters
        width, height = plan.size
        asked: dict[str, Any] = {
            "prompt": caption, "width": width, "height": height, "num_frames": plan.frames, "output_type": "np",
            "num_inference_steps": self._how.steps or default_of(takes, "num_inference_steps", 50),
        }  # fmt: skip
        if "guidance_scale" in takes:
            own = default_of(takes, "guidance_scale", 5.0)
            asked["guidance_scale"] = own if self._how.guidance is None else self._how.guidance
        if "frame_rate" in takes:
            asked["frame_rate"] = float(plan.rate)
        if not self.uses_references:
            return asked, ()
        first, notes = frame_shown(request, plan.size)
        if first is None:
            raise GenerationFailed(
                f"{type(pipeline).__name__} begins with a picture, and none was given of who is in the shot.",
                shot_id=request.shot.id, next_step="Give one with --reference NAME=FILE, or use a text-to-video model.",
            )  # fmt: skip
        return asked | {"image": Image.fromarray(first)}, notes

    def _made(
        self, pipeline: Any, asked: Mapping[str, Any], seed: int, request: ShotRequest, progress: Progress
    ) -> np.ndarray:
        """The film as (F, H, W, 3) uint8."""
        import torch

        steps = int(asked["num_inference_steps"])

        def after_step(_: Any, step: int, __: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            progress(SAMPLED * min(1.0, (step + 1) / steps))
            return tensors

        try:
            made = pipeline(
                **asked, generator=torch.Generator("cpu").manual_seed(seed), callback_on_step_end=after_step
            )  # fmt: skip
        except torch.OutOfMemoryError as error:
            raise GenerationFailed(
                f"there is not enough memory for {asked['num_frames']} frames of {asked['width']}x{asked['height']}.",
                shot_id=request.shot.id, next_step="Set STORYREEL_DIFFUSERS_SIZE or _MOST_FRAMES lower.",
            ) from error  # fmt: skip
        except ValueError as error:
            raise GenerationFailed(
                f"{type(pipeline).__name__} declined the shot: {error}", shot_id=request.shot.id,
                next_step="Check STORYREEL_DIFFUSERS_SIZE, _STEPS and _GUIDANCE.",
            ) from error  # fmt: skip
        video_FHWC = np.asarray(made.frames[0], np.float32)
        if video_FHWC.ndim != 4 or video_FHWC.shape[-1] != 3 or not np.isfinite(video_FHWC).all():
            raise TakeCorrupt(
                f"{type(pipeline).__name__} made no picture: {video_FHWC.shape}, or numbers that are none.",
                shot_id=request.shot.id, next_step="Set STORYREEL_DIFFUSERS_DTYPE=float32.",
            )  # fmt: skip
        return (video_FHWC.clip(0, 1) * 255 + 0.5).astype(np.uint8)

    def _loaded(self, request: ShotRequest) -> Any:
        if self._pipeline is not None:
            return self._pipeline
        import diffusers
        import torch

        device = self._how.device if self._how.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        dtype = _dtype(self._how.dtype, device)
        # The autoencoder of these films flat colours in anything less.
        dtypes = {"default": dtype, "vae": torch.float32} if self._class_name.startswith("Wan") else dtype
        try:
            pipeline = diffusers.DiffusionPipeline.from_pretrained(
                self._folder, dtype=dtypes, local_files_only=True, use_safetensors=True
            )
            pipeline.to(device)
        except (OSError, ValueError, ImportError, RuntimeError, AttributeError, TypeError) as error:
            raise self._unavailable(f"cannot be loaded: {_first_line(error)}") from error
        if "num_frames" not in inspect.signature(pipeline.__call__).parameters:
            raise self._unavailable(f"is a {type(pipeline).__name__}, which makes no films")
        pipeline.set_progress_bar_config(disable=True)
        self._pipeline = pipeline
        return pipeline

    @functools.cached_property
    def _folder(self) -> Path:
        """Where the pipeline lies."""
        if Path(self._model).expanduser().is_dir():
            return Path(self._model).expanduser()
        import diffusers

        try:
            allowed = self._how.downloads
            return Path(diffusers.DiffusionPipeline.download(self._model, local_files_only=not allowed))
        except (OSError, ValueError) as error:
            how = "" if self._how.downloads else "; STORYREEL_DIFFUSERS_DOWNLOADS=1 lets it be fetched"
            raise self._unavailable(f"is no folder and is not in the cache{how}: {_first_line(error)}") from error

    @functools.cached_property
    def _weights(self) -> str:
        """sha256 over the names and the content of everything that the pipeline is read from."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.rglob("*")):
            if path.suffix in HASHED and path.is_file():
                name = path.relative_to(self._folder).as_posix()
                digest.update(f"{name}\0{_content_sha256(path)}\0".encode())
        return digest.hexdigest()

    @functools.cached_property
    def _class_name(self) -> str:
        import json

        try:
            return str(json.loads((self._folder / "model_index.json").read_text(encoding="utf-8"))["_class_name"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unavailable(f"has no model_index.json that can be read: {_first_line(error)}") from error

    def _unavailable(self, why: str) -> BackendUnavailable:
        return BackendUnavailable(
            f"the pipeline {self._model!r} {why}.",
            next_step="Set STORYREEL_DIFFUSERS_MODEL to the folder of a text- or image-to-video pipeline.",
        )


def _dtype(name: str, device: str) -> torch.dtype:
    import torch

    if name == "auto":
        return torch.float32 if device == "cpu" else torch.bfloat16
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]


def _content_sha256(path: Path) -> str:
    """Of a file. In the hub's cache a large one is a link to a file that is called by it."""
    real = path.resolve()
    named = path.is_symlink() and real.parent.name == "blobs" and _SHA.fullmatch(real.name)
    return real.name if named else file_sha256(path)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
