"""The repository's own generator as a video backend, and as the artist that draws the cast."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from storyboards.cutting import is_grown
from storyboards.errors import BackendUnavailable, GenerationFailed
from storyboards.shot import Element, Patch
from storyboards.storyboard import digest_of
from tools.backends.reel_begun import begun, missing_in, opened, without
from tools.backends.reel_grown import going_on, grown_from
from tools.backends.reel_long import NoHistory, falling, growing, history_of, write_growing
from tools.backends.reel_remade import remade
from tools.backends.reel_taught import reel_for, writer_of
from tools.backends.reel_words import VERSION as SAID
from tools.backends.reel_words import Spoken, canvas_of_place, rides_of, spoken
from tools.contract import Drawing, Filming, Progress, Reference, ShotRequest
from tools.make_reference import read_reference
from tools.media import CODEC_VERSION
from tools.staging import actor_of, place_of

if TYPE_CHECKING:
    import torch

    from models.layers.seats import Ride
    from models.layers.strip import Strip
    from models.reel import Ask, Made, Making, Reel

HELPERS = ("crisp", "plain", "seats")
"""Cards of networks and tables that the codec of layers uses where they are."""
KEEPS = Path(__file__).with_name("reel_keeps.json")
SAMPLED = 0.6
"""Share of the work that is done when a shot has its latents."""


class ReelBackend:
    """Films with the weights of one size. Equal requests give equal bytes on one kind of machine.

    Args:
        size: of the network, such as ``nano``; the largest that was trained if empty.
        folder: of the weights; those of the repository if None.
        making: steps and guidance; the generator's defaults if None.
        name: under which it films, if it is not to be named after the size.
    """

    uses_references = uses_concepts = True
    abilities = frozenset({"begin_with_picture", "continue_from_last_frame", "inpaint_region", "remake_in_part"})

    def __init__(
        self, size: str = "", folder: Path | None = None, making: Making | None = None, name: str = ""
    ) -> None:  # fmt: skip
        self.name = name or (f"reel-{size}" if size else "reel")
        self._size, self._making = size, making
        self._folder = folder or Path(__file__).resolve().parents[2] / "models" / "weights"
        self._lock = threading.Lock()
        self._reel: Reel | None = None

    @property
    def size(self) -> str:
        """Of the network that films."""
        from models.reel import largest_size

        return self._size or largest_size(self._folder)

    @property
    def version(self) -> str:
        """Of the weights of network and codec, as their cards name them, of sampling, laying, and encoding.

        Raises:
            BackendUnavailable: there are no weights.
        """
        from models.guidance import VERSION as GUIDED
        from models.layers.compose import VERSION as LAID
        from models.layers.kept import VERSION as KEPT
        from models.layers.steady import VERSION as STEADIED
        from models.reel import Making
        from models.windows import VERSION as SLID

        weights = self._weights()
        how = digest_of((self._making or Making.of(self._taught())).card())
        return f"{weights[:16]}.{how[:8]}.{GUIDED}-{STEADIED}.{LAID}-{KEPT}.{SLID}.{SAID}.{CODEC_VERSION}"

    @property
    def keeps(self) -> Mapping[str, float]:
        """Share of claims by kind that its first takes keep, as ``python -m app.study keeps`` found of these weights;
        empty for others."""
        return dict(self._rating().get("keeps", {}))

    @property
    def rated_by(self) -> str:
        return str(self._rating().get("critic", ""))

    def _rating(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(KEEPS.read_text(encoding="utf-8"))
        return known if known["version"] == self.version else {}

    def price_usd(self, request: ShotRequest) -> float:
        return 0.0

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        """Make the latents of the shot, then decode and encode them piece by piece; of a long one, piece by piece, too.

        A shot that begins with a person's picture shows its pixels. One that continues another goes on from what that
        was made of, or, with a note that says why, from its last picture alone; one with a patch is its base but for a
        region; one that is longer than it was keeps what it was made of, and goes on.

        Raises:
            BadStoryboard: a word the generator has not learned.
            BackendUnavailable: there are no weights.
            GenerationFailed: a region of the shot cannot be made anew.
            MediaFailed, DiskFull: the file could not be written; nothing is left.
        """
        from models.latents import to_bytes
        from models.reel import Ask

        said = spoken(request)
        reel = reel_for(request, self._loaded())
        shown, notes = self._shown(request, reel)
        progress(0.0)
        rides, unseated = self._riding(said, reel)
        notes += unseated
        ask, more = Ask(said.caption, said.canvas, said.subjects, said.path, tuple(shown), rides=rides), {}
        patch, base = request.shot.patch, request.base
        if patch is not None and base is not None and base.latents is not None:
            made = self._patched(reel, ask, base.latents.read_bytes(), patch, said.seed)
            progress(SAMPLED)
            self._write(reel, made, request, out, progress)
        elif (part := self._remade(reel, ask, said, request, notes)) is not None:
            made = part
            progress(SAMPLED)
            self._write(reel, made, request, out, progress)
        else:
            films, ask, seen = self._growing(reel, ask, said, request)
            notes += seen
            if films is None:
                made = reel.clip(ask, said.seed)
                progress(SAMPLED)
                self._write(reel, made, request, out, progress)
            else:
                made, strip = write_growing(reel, films, ask, said.seed, request, out, progress)
                more = falling(strip) if strip.origin_9 is not None else {}
        names = [element.id for element in request.elements]
        seated = {"rides": [[names[ride.rider], names[ride.carrier]] for ride in rides]} if rides else {}
        recipe = self._recipe(request, said, reel) | seated | more
        pictures = made.ask.kept.tensors() if made.ask.kept is not None else {}
        return Filming(recipe, to_bytes(made.shown, recipe, pictures), (*said.unsaid, *notes))

    def _riding(self, said: Spoken, reel: Reel) -> tuple[tuple[Ride, ...], list[str]]:
        """Who is carried by whom, and what is not known about it."""
        from models.checkpoint import CheckpointRefused
        from models.layers.seats import Seats

        path = self._folder / "seats.json"
        try:
            rides, notes = rides_of(said, Seats.load(path) if path.exists() else None)
        except CheckpointRefused as error:
            raise self._unavailable(str(error)) from error
        if rides and reel.codec.name != "layers":
            return (), ["this generator does not tell figures apart; where riders are is left to it"]
        return tuple(rides), notes

    def _remade(self, reel: Reel, ask: Ask, said: Spoken, request: ShotRequest, notes: list[str]) -> Made | None:
        """A retake that keeps most of another take; None, with a note, where all of it has to be filmed."""
        remake = request.shot.remake
        if remake is None:
            return None
        try:
            return remade(reel, ask, request.base, remake, [element.id for element in request.elements], said.seed)
        except NoHistory as why:
            notes.append(f"{why}; all of it is filmed anew")
            return None

    def _growing(
        self, reel: Reel, ask: Ask, said: Spoken, request: ShotRequest
    ) -> tuple[Iterator[Strip] | None, Ask, list[str]]:  # fmt: skip
        """A shot that is made window by window, None if it is made at once; with what is asked for it, and notes."""
        from models.length import is_long

        notes: list[str] = []
        if request.base is not None and is_grown(request.shot) and request.shot.remake is None:
            try:
                strip, rest = grown_from(reel, request.base, request, ask, said)
                return going_on(reel, strip, rest, said), rest, notes
            except NoHistory as why:
                notes.append(f"{why}; all of it is filmed anew")
        if request.shot.first_frame is not None and request.shot.patch is None:
            ask, seen = begun(reel, ask, request)
            notes += seen
        elif request.opening is not None and request.shot.patch is None:
            try:
                before, at_s = history_of(reel, request.opening, request, ask)
                return growing(reel, ask, said, before, at_s), ask, notes
            except NoHistory as why:
                again = any(taught.kind == "style" for taught in request.shot.taught)
                how = ", over which its style is laid again" if again else ""
                notes.append(f"{why}; it begins with the last picture alone{how}")
                ask = self._opening(request, reel, ask)
                notes += missing_in(ask, request)
        return growing(reel, ask, said, None) if is_long(reel, said.canvas.frames) else None, ask, notes

    def draw(self, element: Element) -> Drawing:
        """A sheet of a character or prop, or a view of a place, as the generator imagines it.

        Raises:
            BadStoryboard: a word the generator has not learned.
            BackendUnavailable: there are no weights.
        """
        import torch

        from models.layers.source import named
        from models.reel import SEEDS
        from models.world.caption import captions

        reel = self._loaded()
        seed = element.identity % SEEDS
        if element.kind == "place":
            caption = captions(place_of(element), sound=False).full
            plain = reel.place(caption, canvas_of_place(), seed)
            picture = torch.cat([plain, torch.ones_like(plain[:1])])
        else:
            caption = named(actor_of(element))
            picture = reel.sheet(caption, seed)
        pixels = picture.mul(255).add(0.5).clamp(0, 255).byte().permute(1, 2, 0)
        return Drawing(np.ascontiguousarray(pixels.cpu().numpy()), caption, seed)

    def _shown(self, request: ShotRequest, reel: Reel) -> tuple[list[tuple[int, torch.Tensor]], list[str]]:
        """The references as the generator takes them, and what cannot be shown to it."""
        import torch

        from models.reel import PLACE

        numbers = {element.id: number for number, element in enumerate(request.elements)}
        shown, notes = [], []
        for reference in request.references:
            pixels = read_reference(reference.path)
            number = numbers.get(reference.element, PLACE)
            if number != PLACE and reference.given and not reference.taught:
                pixels = boxed(pixels, request.elements[number].subject)
            picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255
            if number != PLACE:
                shown.append((number, picture))
            elif reel.reads_places:
                shown.append((PLACE, picture[:3]))
            else:
                notes.append(f"the picture of the place {reference.element!r} cannot be shown to this generator")
        return shown, notes

    def _opening(self, request: ShotRequest, reel: Reel, ask: Ask) -> Ask:
        """The shot as it begins with a picture. Subjects are found in it from left to right; who was in the shot
        before, too, keeps the looks that it had there.

        Raises:
            BackendUnavailable: the generator's codec cannot read plain pictures.
        """
        import torch

        from models.latents import from_bytes

        opening = request.opening
        if opening is None:
            return ask
        # Whoever is told to be in the shot was in the last one, if that was filmed here.
        there = opening.latents is not None and {e.id for e in request.elements} <= set(opening.elements)
        ask = opened(reel, ask, opening, sure=there)
        if opening.latents is None or isinstance(ask.keyframes[0], torch.Tensor):
            return ask
        before, _ = from_bytes(opening.latents.read_bytes())
        sheets = dict(zip(opening.elements, (part for part in before if part.role == "sheet"), strict=False))
        ours = iter(request.elements)
        first = tuple(
            part.filled(sheets[element.id].clean_LC)
            if part.role == "sheet" and (element := next(ours)).id in sheets
            else part
            for part in ask.keyframes[0]
        )
        return replace(ask, keyframes={0: first})

    def _patched(self, reel: Reel, ask: Ask, latents: bytes, patch: Patch, seed: int) -> Made:
        """The take of these latents with a region made anew.

        Raises:
            GenerationFailed: they are not latents of this generator, or nothing of the shot lies in the region.
        """
        from models.latents import LatentsRefused
        from models.reel import SEEDS, recalled
        from models.regions import tokens_within

        box = (patch.left, patch.top, patch.right, patch.bottom)
        try:
            before = recalled(latents, ask, seed)
            masks = tokens_within(reel.codec, before, box)
            return reel.inpaint(without(before, masks, box), masks, (seed + patch.seed) % SEEDS)
        except (LatentsRefused, ValueError) as error:
            raise GenerationFailed(
                f"the region cannot be filmed anew: {error}", next_step="Name another one."
            ) from error

    def _write(self, reel: Reel, made: Made, request: ShotRequest, out: Path, progress: Progress) -> None:
        """Encode the frames that the shot wants; its canvas may last a little longer."""
        left = request.frames
        with writer_of(request, out) as writer:
            for block in reel.pieces(made, request.height, request.width, float(request.rate.fraction)):
                frames = block[:left].numpy()
                if len(frames):
                    writer.write(frames)
                left -= len(frames)
                progress(SAMPLED + (1.0 - SAMPLED) * (1.0 - left / request.frames))

    def _recipe(self, request: ShotRequest, said: Spoken, reel: Reel) -> dict[str, Any]:
        canvas, camera = said.canvas, request.shot.camera
        made_of = "patched" if request.shot.patch is not None else "remade" if request.shot.remake else "grown"
        return {
            "caption": said.caption, "seed": said.seed, "size": self.size, "weights": reel.version,
            "codec": {"name": reel.codec.name, "version": reel.codec.version, "meaning": reel.codec.meaning},
            "making": reel.making.card(),
            "canvas": {"frames": canvas.frames, "height": canvas.height, "width": canvas.width, "fps": canvas.fps},
            "camera": {"move": camera.move, "strength": camera.strength},
            "references": [_told(reference) for reference in request.references],
            **({made_of: request.base.name} if request.base is not None else {}),
            **({"taught": taught} if (taught := [each.model_dump() for each in request.shot.taught]) else {}),
        }  # fmt: skip

    def _loaded(self) -> Reel:
        from models.checkpoint import CheckpointRefused
        from models.reel import Reel

        with self._lock:
            if self._reel is None:
                try:
                    self._reel = Reel.load(self.size, self._folder, self._making)
                except CheckpointRefused as error:
                    raise self._unavailable(str(error)) from error
            return self._reel

    def _weights(self) -> str:
        """sha256 of the cards of network, codec and what helps it, which name their weights by hash."""
        card = self._folder / f"{self.size}.json"
        try:
            content = card.read_bytes()
            codec = str(json.loads(content)["config"]["codec"]["name"])
            helpers = [self._folder / f"{name}.json" for name in HELPERS]
            cards = [self._folder / f"{codec}.json", *(path for path in helpers if path.exists())]
            return hashlib.sha256(content + b"".join(path.read_bytes() for path in cards)).hexdigest()
        except OSError as error:
            raise self._unavailable(f"{error.filename} cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._unavailable(f"{card} is not a card ({error!r})") from error

    def _taught(self) -> dict[str, Any]:
        """The recipe on the network's card, which :meth:`_weights` has read already."""
        recipe = json.loads((self._folder / f"{self.size}.json").read_bytes()).get("recipe")
        return recipe if isinstance(recipe, dict) else {}

    def _unavailable(self, why: str) -> BackendUnavailable:
        return BackendUnavailable(
            f"the reel cannot film: {why.rstrip('.')}.",
            next_step=f"`storyreel train image --size {self.size}`, then `storyreel train video --size {self.size}` "
            "make its weights; or film with --backend animatic.",
        )


def boxed(cutout_HW4: np.ndarray, subject: str) -> np.ndarray:
    """A cut-out figure in a square in which it stands as such a subject does on a drawn sheet, (S, S, 4).

    What covers its whole picture has no outline to stand by and stays as it is.
    """
    from models.layers.observe import BOXES

    if bool((cutout_HW4[..., 3] > 8).all()):
        return cutout_HW4
    height, width = cutout_HW4.shape[:2]
    middle, half = BOXES[subject]
    side = max(round(2.0 * half * height), width, height)
    feet = min(side, max(height, round(side * (middle + half) / (2.0 * half))))
    left = (side - width) // 2
    square = np.zeros((side, side, 4), np.uint8)
    square[feet - height : feet, left : left + width] = cutout_HW4
    return square


def _told(reference: Reference) -> dict[str, object]:
    return {"element": reference.element, "sha256": reference.sha256, "given": reference.given}
