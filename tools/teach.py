"""Teach the generator a camera's move, a style or a figure from 3 to 10 clips or pictures of a person."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from storyboards.errors import BackendUnavailable, BadInput, BadMedia

if TYPE_CHECKING:
    import torch

    from models.concepts import Concept
    from models.reel import Reel

Kind = Literal["camera", "style", "character"]
KINDS: tuple[Kind, ...] = ("camera", "style", "character")
FEWEST, MOST = 3, 10
"""Files that something is taught from."""
STILLS = 3
"""Pictures that are taken of a clip."""
LONG_SIDE = 640
"""Pixels of the longer side at which pictures are learned from."""
PAINTED, LEAST_PAINTED = 24, 8
"""Pictures that the generator paints to know how it paints without a style, and the fewest that will do."""
DRAWN = 4
"""Sheets that it draws of a figure's kind, of which the most alike is coloured."""
AGREED = 0.8
"""Correlation of clips' paths from which they show one move of the camera."""
FIRST_SCENE = 700_000
"""Seed of the first of the scenes that are painted."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Lesson:
    """What is to be taught.

    Attributes:
        kind: None is told from the files: clips whose camera moves alike teach a camera's move.
        minutes: of the processor, at most.
        figure: what a figure is, such as "green fox"; empty lets the generator's reader say.
    """

    name: str
    files: tuple[Path, ...]
    kind: Kind | None = None
    minutes: float = 2.0
    figure: str = ""


@dataclass(frozen=True)
class Learned:
    """What was taught: its file (:class:`models.concepts.Concept` reads it), its card, and a figure's sheet as a
    PNG, empty for what has no looks."""

    kind: Kind
    content: bytes
    card: Mapping[str, Any]
    picture: bytes = b""


def teach(lesson: Lesson, say: Say = lambda words: None, load: Callable[[], Reel] | None = None) -> Learned:
    """Teach it.

    Args:
        say: told in words what is being done.
        load: gives the generator, :func:`load_reel`'s if None; a camera's move does without.

    Raises:
        BadInput: too few files or too many, or the kind cannot be told from them.
        BadMedia: a file cannot be read or shows nothing of what is to be learned.
        BackendUnavailable: there are no weights.
    """
    from models.concepts import Concept, base_of

    if not FEWEST <= len(lesson.files) <= MOST:
        raise BadInput(
            f"a concept is taught from {FEWEST} to {MOST} clips or pictures, got {len(lesson.files)}.",
            next_step="Give files that show it in different scenes.",
        )
    began = time.process_time()
    kind, move = lesson.kind, None
    if kind in (None, "camera"):
        move = _move(lesson.files, told=kind is not None)
        if kind is None and (move is None or move.agreement < AGREED):
            raise BadInput(
                "these files do not show one move of the camera, so it has to be said what they teach.",
                next_step="Add --kind style, --kind character or --kind camera.",
            )
        kind = "camera"
    if kind == "camera":
        from models.concepts import PATH

        assert move is not None, "told to be a camera's move"
        tensors: dict[str, torch.Tensor] = {PATH: move.path_F9}
        metrics = {"agreement": round(move.agreement, 3), "left_out": list(move.left_out)}
        card: dict[str, Any] = {"metrics": metrics, "seconds": round(move.seconds, 2)}
    else:
        say("reading the files")
        pictures = _pictures(lesson.files)
        until_s = began + 60.0 * lesson.minutes
        reel = (load or load_reel)()
        work = _style if kind == "style" else _character
        tensors, card = work(lesson, reel, pictures, until_s, say)
        card["weights"] = reel.version
    card |= {
        "files": [{"file": f.name, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()} for f in lesson.files],
        "recipe": {"minutes": lesson.minutes, "kind": kind, **card.get("recipe", {})},
        "cpu_minutes": round((time.process_time() - began) / 60.0, 2),
    }
    concept = Concept(lesson.name, kind, base_of(kind), tensors, card)
    return Learned(kind, concept.to_bytes(), card, _sheet_png(concept) if kind == "character" else b"")


def _move(files: Sequence[Path], *, told: bool) -> Any:
    """The move of the files' camera; None where they show none and nobody said that they do."""
    from tools.teach_camera import measure_move

    stills = [file.name for file in files if _is_still(file)]
    if stills and not told:
        return None
    if stills:
        raise BadMedia(
            f"{stills[0]} is a picture and shows no move.", next_step="A camera's move is taught from clips."
        )
    try:
        return measure_move(files)
    except BadMedia:
        if told:
            raise
        return None


def _style(
    lesson: Lesson, reel: Reel, pictures: list[torch.Tensor], until_s: float, say: Say
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Colours and lines of the pictures against what the generator paints without them."""
    from models.codec import Canvas
    from models.grade import learn_grade
    from models.reel import Ask
    from models.world.caption import captions
    from models.world.sample import sample_scene

    say("painting without the style, to compare")
    painted: list[torch.Tensor] = []
    for seed in range(FIRST_SCENE, FIRST_SCENE + PAINTED):
        if len(painted) >= LEAST_PAINTED and time.process_time() > until_s:
            break
        scene = sample_scene(seed, duration_s=4.0)
        ask = Ask(captions(scene, sound=False).full, Canvas(1), len(scene.actors))
        frame_HW3 = reel.decode(reel.picture(ask, seed), 128, 224, 1.0)[0]
        painted.append(frame_HW3.permute(2, 0, 1).float() / 255)
    say("learning colours and lines")
    grade = learn_grade(pictures, painted)
    lines = bool(grade.edge_2.any())
    return grade.tensors(), {
        "recipe": {"pictures": len(pictures), "painted": len(painted)},
        "metrics": {"lines": lines},
    }


def _character(
    lesson: Lesson, reel: Reel, pictures: list[torch.Tensor], until_s: float, say: Say
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """A sheet of the figure that is in the pictures."""
    import torch

    from models.concepts import SHEET
    from models.figure import NothingSeen, learn_figure
    from models.layers.source import named
    from models.world.scene import Actor

    subject, colour, how = _who(lesson.figure, pictures)
    say(f"drawing a {colour} {subject}, and colouring it as the pictures show it ({how})")
    caption = named(Actor(subject, colour))
    drawn: list[torch.Tensor] = []
    for seed in range(DRAWN):
        if drawn and time.process_time() > until_s:
            break
        rgba = reel.sheet(caption, seed)
        drawn.append(torch.cat([rgba[:3] * rgba[3:], rgba[3:]]))
    try:
        figure = learn_figure(reel.codec, pictures, drawn)  # type: ignore[arg-type]
    except (NothingSeen, ValueError) as error:
        raise BadMedia(
            f"{error}.", next_step="Give pictures in which one figure stands clear of the others, a quarter of the "
            "frame high or more."
        ) from error  # fmt: skip
    cover = figure.sheet_4SS[3:]
    sheet = torch.cat([figure.sheet_4SS[:3] / cover.clamp_min(1 / 255), cover]).clamp(0, 1).mul(255).round().byte()
    card = {
        "subject": subject, "colour": colour, "recipe": {"pictures": len(pictures), "drawn": len(drawn), "told": how},
        "metrics": {"seen": figure.seen, "outline": round(figure.likeness, 3)},
    }  # fmt: skip
    return {SHEET: sheet}, card


def _sheet_png(concept: Concept) -> bytes:
    """A figure's sheet, whole: it stands there as drawn ones do."""
    from models.concepts import SHEET
    from tools.media import png_bytes

    return png_bytes(np.ascontiguousarray(concept.tensors[SHEET].permute(1, 2, 0).numpy()))


def _who(told: str, pictures: list[torch.Tensor]) -> tuple[str, str, str]:
    """Kind and colour of the figure, and who says so: the person, else the reader by all pictures together.

    Raises:
        BadInput: what is told names no subject of the world.
    """
    import torch

    from models.reader import load_reader, read
    from models.world.vocabulary import COLOURS, SUBJECTS

    words = told.lower().replace("-", " ").split()
    subject = next((name for name in SUBJECTS if name in " ".join(words)), "")
    colour = next((word for word in words if word in COLOURS), "")
    if told and not subject:
        raise BadInput(f"{told!r} is nothing that can be filmed.", next_step=f"Name one of {', '.join(SUBJECTS)}.")
    net = load_reader()
    if not subject:
        present = torch.stack([torch.tensor([*read(net, p[None]).present.values()]) for p in pictures]).clamp(1e-4, 1)
        subject = list(SUBJECTS)[int(present.log().mean(0).argmax())]
    if not colour:
        spread = [read(net, p[None], [subject]).colours[subject] for p in pictures]
        colour = max(COLOURS, key=lambda name: sum(row[name] for row in spread))
    return subject, colour, "as told" if told else "by the reader"


def _pictures(files: Sequence[Path]) -> list[torch.Tensor]:
    """Pictures of the files, (3, H, W), 0 to 1: one of a still, ``STILLS`` of a clip.

    Raises:
        BadMedia: one cannot be read.
    """
    from tools.media import extract_still, probe, read_picture

    made = []
    for file in files:
        if _is_still(file):
            made.append(_in_planes(read_picture(file)))
            continue
        frames = probe(file).frames
        if not frames:
            raise BadMedia(f"{file.name} has no picture.", next_step="Give clips or PNG or JPEG pictures.")
        wanted = sorted({round(share * (frames - 1)) for share in np.linspace(0.1, 0.9, STILLS)})
        made += [_in_planes(extract_still(file, number)) for number in wanted]
    return made


def _is_still(file: Path) -> bool:
    from tools.media import sniff

    return sniff(file) in ("png_pipe", "jpeg_pipe")


def _in_planes(picture_HWC: np.ndarray) -> torch.Tensor:
    import torch

    planes = torch.from_numpy(picture_HWC[..., :3].copy()).permute(2, 0, 1)[None].float() / 255
    scale = LONG_SIDE / max(planes.shape[-2:])
    if scale < 1:
        size = (max(16, round(planes.shape[-2] * scale)), max(16, round(planes.shape[-1] * scale)))
        planes = torch.nn.functional.interpolate(planes, size, mode="bilinear", antialias=True)
    return planes[0].clamp(0, 1)


def load_reel(folder: Path | None = None) -> Reel:
    """The generator that films.

    Raises:
        BackendUnavailable: there are no weights.
    """
    from models.checkpoint import CheckpointRefused
    from models.reel import WEIGHTS, Reel

    try:
        return Reel.load(folder=folder or WEIGHTS)
    except CheckpointRefused as error:
        raise BackendUnavailable(
            f"nothing can be taught: {error}", next_step="`storyreel train image` makes the generator's weights."
        ) from error
