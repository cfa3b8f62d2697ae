"""What differs between two plans, field by field and in words; and why a take is no longer of the plan in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storyboards.clock import FrameRate
from storyboards.storyboard import Storyboard

QUIET = frozenset({"prompt", "source", "logline", "planner", "substitutions", "schema_version", "identity"})
"""Fields that follow from others or say nothing to a person."""

FILM_WORDS = {"rate": "frames a second", "seed": "seed", "gain_db": "volume", "tempo_bpm": "tempo"}


@dataclass(frozen=True)
class Change:
    """One field that is not as it was.

    Attributes:
        shot_id: the shot, empty for the film and its cast.
        field: its path: ``exposure``, ``camera.move``, ``element.fox.colour``, ``music.mood``.
        before, after: its values in words, empty where there was or is none.
        words: the change as a person would say it: "shot 3: exposure 0 → -0.7 stops".
    """

    shot_id: str
    field: str
    before: str
    after: str
    words: str


def changes_between(before: Storyboard, after: Storyboard) -> tuple[Change, ...]:
    """Every field that differs, of the film, then of the cast, then shot by shot in the order of ``after``.

    Shots are numbered as in ``after``; those that are gone as in ``before``.
    """
    return (*_film_changes(before, after), *_cast_changes(before, after), *_shot_changes(before, after))


def in_words(changes: tuple[Change, ...]) -> tuple[str, ...]:
    return tuple(change.words for change in changes)


def recipe_causes(made_of: Mapping[str, Any], planned: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a take of the recipe ``made_of`` is not one of ``planned``: the fields that differ, in words.

    Args:
        made_of, planned: as :func:`agent.produce.planned_recipe` gives them; JSON types.
    """
    rate = FrameRate.model_validate(planned["picture"]["rate"])
    old, new = _said(made_of, rate), _said(planned, rate)
    causes = [_arrow(name, old.get(name, ""), new.get(name, "")) + _unit(name) for name in dict.fromkeys((*old, *new))
              if old.get(name, "") != new.get(name, "")]  # fmt: skip
    return tuple(causes)


def _arrow(name: str, old: str, new: str) -> str:
    return f"{name} {old or 'none'} → {new or 'none'}"


# -- film and cast -----------------------------------------------------------------------------------------------------


def _film_changes(before: Storyboard, after: Storyboard) -> Iterator[Change]:
    if (before.width, before.height) != (after.width, after.height):
        yield _change("", "size", f"{before.width}x{before.height}", f"{after.width}x{after.height}")
    if before.frames != after.frames:
        yield _change("", "length", f"{before.duration_s:.2f} s", f"{after.duration_s:.2f} s", "film length")
    for name in ("title", "rate", "style", "seed", "language", "voice", "audience"):
        old, new = str(getattr(before, name)), str(getattr(after, name))
        if old != new:
            yield _change("", name, old, new, FILM_WORDS.get(name, name))
    old_voice, new_voice = (_over_words(board) for board in (before, after))
    if old_voice != new_voice:
        yield _change("", "voice_over", old_voice, new_voice, "voice-over")
    old_music, new_music = _flat(_dump(before.music)), _flat(_dump(after.music))
    for name in dict.fromkeys((*old_music, *new_music)):
        alone = name != "mood" and not (old_music and new_music)
        if old_music.get(name) != new_music.get(name) and not alone:
            label = "music" if name == "mood" else f"music {FILM_WORDS.get(name, name)}"
            yield _change("", f"music.{name}", old_music.get(name, ""), new_music.get(name, ""), label)
    kept = [shot.id for shot in after.shots if shot.id in {s.id for s in before.shots}]
    was = [shot.id for shot in before.shots if shot.id in set(kept)]
    if kept != was:
        yield _change("", "order", " ".join(was), " ".join(kept))


def _over_words(board: Storyboard) -> str:
    over = board.voice_over
    return "" if over is None else f"{over.sha256[:8]} of {over.length_s:.1f} s{' with its words' if over.text else ''}"


def _cast_changes(before: Storyboard, after: Storyboard) -> Iterator[Change]:
    old, new = ({e.id: _flat(_dump(e)) for e in board.elements} for board in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield Change("", f"element.{name}", name, "", f"element {name} leaves the cast")
        elif name not in old:
            yield Change("", f"element.{name}", "", name, f"element {name} joins the cast")
        else:
            for field in dict.fromkeys((*old[name], *new[name])):
                a, b = old[name].get(field, ""), new[name].get(field, "")
                if a != b and field not in QUIET:
                    yield Change("", f"element.{name}.{field}", a, b, f"element {name}: {_arrow(field, a, b)}")


# -- shots -------------------------------------------------------------------------------------------------------------


def _shot_changes(before: Storyboard, after: Storyboard) -> Iterator[Change]:
    old = {shot.id: shot for shot in before.shots}
    for number, shot in enumerate(after.shots, start=1):
        if shot.id not in old:
            yield Change(shot.id, "shot", "", shot.id, f"shot {number}: new ({after.rate.seconds(shot.frames):.2f} s)")
            continue
        was = _shot_fields(before, old[shot.id].model_dump(mode="json"))
        now = _shot_fields(after, shot.model_dump(mode="json"))
        for field in dict.fromkeys((*was, *now)):
            a, b = was.get(field, ""), now.get(field, "")
            if a != b:
                yield Change(shot.id, field, a, b, f"shot {number}: {_arrow(_label(field), a, b)}{_unit(field)}")
    numbers = {shot.id: number for number, shot in enumerate(before.shots, start=1)}
    for shot_id in old:
        if all(shot.id != shot_id for shot in after.shots):
            yield Change(shot_id, "shot", shot_id, "", f"shot {numbers[shot_id]} (as it was) removed")


def _shot_fields(board: Storyboard, document: dict[str, Any]) -> dict[str, str]:
    fields = {"length": f"{board.rate.seconds(document.pop('frames')):.2f} s"}
    for part in document.pop("parts"):
        for name, value in _part_fields(part).items():
            fields[f"part.{part['element']}.{name}"] = value
    fields["sounds"] = ", ".join(f"{cue['sound']} at {cue['at_s']:g} s" for cue in document.pop("sounds"))
    fields["lines"] = " / ".join(f"{line['speaker']}: “{line['text']}”" for line in document.pop("lines"))
    fields["cut"] = _cut_words(board.rate, document.pop("cut", None))
    fields["goes on from"] = _grown_words(board.rate, document.pop("grown", None))
    fields["begins with"] = _opening_words(document.pop("first_frame", None))
    fields["filmed with"] = _taught_words(document.pop("taught", ()))
    transition = document.pop("transition")
    fields["transition"] = transition["kind"] if transition["kind"] == "cut" else (
        f"{transition['kind']} of {transition['frames']} frames")  # fmt: skip
    fields |= {name: value for name, value in _flat(document).items() if name not in (*QUIET, "id")}
    return fields


def _part_fields(part: Mapping[str, Any]) -> dict[str, str]:
    does = [" ".join(filter(None, (a["verb"], a["direction"], a["target"] and f"with {a['target']}", a["thing"])))
            for a in part["actions"]]  # fmt: skip
    spans = [f"{a['start']:g}–{a['end']:g}" for a in part["actions"]]
    return {"side": part["side"], "depth": f"{part['depth']:g}", "does": " then ".join(does) or "stands there",
            "timing": ", ".join(spans)}  # fmt: skip


def _taught_words(taught: Iterable[Mapping[str, Any]]) -> str:
    return " and ".join(f"the {each['kind']} {each['name']}" for each in taught)


def _unit(field: str) -> str:
    return " stops" if field == "exposure" else ""


def _label(field: str) -> str:
    if field.startswith("part."):
        _, who, what = field.split(".", 2)
        return f"the {who} {what}"
    return field.replace(".", " ")


# -- recipes -----------------------------------------------------------------------------------------------------------


def _said(recipe: Mapping[str, Any], rate: FrameRate) -> dict[str, str]:
    """Every field of a recipe that a person knows by name, in words."""
    picture, sound = recipe["picture"], recipe["sound"]
    shot = {**picture["shot"]}
    said = {"length": f"{rate.seconds(shot.pop('frames')):.2f} s", "filmed with": _taught_words(shot.pop("taught", ()))}
    said["begins with"] = _opening_words(shot.pop("first_frame", None))
    for element in picture["elements"]:
        for name, value in _flat(element).items():
            said[f"element {element['id']}: {name}"] = value
    for part in shot.pop("parts"):
        for name, value in _part_fields(part).items():
            said[f"the {part['element']} {name}"] = value
    said |= {name.replace(".", " "): value for name, value in _flat(shot).items() if name not in QUIET}
    said["sounds"] = ", ".join(f"{cue['sound']} at {cue['at_s']:g} s, {cue['gain_db']:+g} dB"
                               for cue in sound["shot"]["sounds"])  # fmt: skip
    said |= {f"reference of {name}": sha256[:8] for name, sha256 in picture.get("references", ())}
    said["cut"] = _cut_words(rate, picture.get("cut"))
    said["the end of the shot before"] = str(picture.get("after", ""))[:8]
    said["style"], said["size"] = picture["style"], "x".join(map(str, picture["size"]))
    said["frames a second"] = str(picture["rate"])
    said["layout of the place"] = str(picture["place_seed"])
    said["frames under the next dissolve"] = str(picture["handle_frames"])
    return said


def _cut_words(rate: FrameRate, cut: Mapping[str, Any] | None) -> str:
    """ "1.00–3.00 s of its take"; empty for a shot that is filmed."""
    if cut is None:
        return ""
    start, end = rate.seconds(cut["start"]), rate.seconds(cut["start"] + cut["length"])
    return f"{start:.2f}–{end:.2f} s of {'the clip ' + cut['clip'][:8] if cut['clip'] else 'its take'}"


def _grown_words(rate: FrameRate, grown: Mapping[str, Any] | None) -> str:
    """ "3.00 s of its take"; empty for a shot that is filmed as a whole."""
    return "" if grown is None else f"{rate.seconds(grown['frames']):.2f} s of its take"


def _opening_words(opening: Mapping[str, Any] | None) -> str:
    """ "the picture 0a1b2c3d"; empty for a shot that begins by itself."""
    return "" if opening is None else f"the {'picture' if opening['cast'] else 'backdrop'} {opening['sha256'][:8]}"


def _flat(document: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Leaves of a JSON document by their dotted paths, as words; empty ones are left out."""
    leaves: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            leaves |= _flat(value, f"{above}{name}.")
        elif isinstance(value, (list, tuple)):
            leaves[f"{above}{name}"] = ", ".join(_in_list(item) for item in value)
        elif isinstance(value, bool):
            leaves[f"{above}{name}"] = "yes" if value else "no"
        elif isinstance(value, float):
            leaves[f"{above}{name}"] = f"{value:g}"
        elif value is not None:
            leaves[f"{above}{name}"] = str(value)
    return {name: value for name, value in leaves.items() if value}


def _in_list(value: Any) -> str:
    """A thing worn as "red scarf"."""
    return f"{value['colour']} {value['name']}" if isinstance(value, Mapping) and "colour" in value else str(value)


def _dump(model: Any) -> dict[str, Any]:
    return {} if model is None else model.model_dump(mode="json")


def _change(shot_id: str, field: str, before: str, after: str, label: str = "") -> Change:
    return Change(shot_id, field, before, after, _arrow(label or field, before, after))
