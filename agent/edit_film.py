"""Edits of the film as a whole: length, shape, style, music."""

from __future__ import annotations

import re

from agent.edit_language import Clause, find
from agent.edit_order import mended
from agent.edit_shots import resize
from agent.edits import Draft
from agent.rulebook.coverage import share_of_frames
from agent.rulebook.directives import Directives, mood_in, number_of, read_directives
from agent.rulebook.story import Notes
from storyboards.brief import ASPECTS
from storyboards.errors import BadEdit
from storyboards.storyboard import MusicPlan
from tools.vocabulary import MOODS


def film_length(draft: Draft, clause: Clause) -> bool:
    """ "Make it 20 seconds": shots that are not locked grow or shrink together."""
    if clause.shots or clause.has("bell|sound|music|title|shots?|scenes?"):
        return False
    seconds = _film_seconds(draft, clause)
    if seconds is None:
        return False
    if not 1.0 <= seconds <= 600.0:
        raise BadEdit(
            f"a film lasts 1 to 600 seconds, {seconds:g} was asked for.", next_step="Ask for a length in between."
        )
    board = draft.board
    total = board.rate.frames(seconds)
    free = [shot for shot in board.shots if not shot.locked]
    left = total - sum(shot.frames for shot in board.shots if shot.locked)
    if not free or left < 4 * len(free):
        raise BadEdit(
            f"{len(free)} free shots do not fit in {seconds:g} seconds.", next_step="Remove or unlock some shots first."
        )
    before = len(draft.changes)
    for shot, frames in zip(free, share_of_frames([float(shot.frames) for shot in free], left), strict=True):
        if frames != shot.frames:
            resize(draft, shot, frames)
    draft.changes[before:] = [f"film {board.duration_s:.2f} → {seconds:g} s", *draft.changes[before:]]
    draft.board = draft.board.model_copy(update={"shots": mended(list(draft.board.shots))})
    return True


def _film_seconds(draft: Draft, clause: Clause) -> float | None:
    said = re.search(
        r"\b(half an?|an?|one|two|three|\d+(?:\.\d+)?)[\s-]*(s|secs?|seconds?|min|mins|minutes?)\b",
        clause.text,
        re.IGNORECASE,
    )
    if said:
        return number_of(said.group(1)) * (60 if said.group(2).lower().startswith("m") else 1)
    whole = clause.has("it|film|movie|video|whole|everything|everywhere") or clause.every
    if whole and clause.has("longer|lengthen"):
        return min(600.0, round(draft.board.duration_s * 1.35))
    if whole and clause.has("shorter|shorten|tighter"):
        return max(1.0, round(draft.board.duration_s / 1.35))
    return None


def shape(draft: Draft, clause: Clause) -> bool:
    told: Directives = read_directives(clause.text, clause.quotes, Notes())
    size = re.search(r"\b(\d{2,4})\s*[x×]\s*(\d{2,4})\b", clause.text)
    aspect = told.aspect or ("9:16" if clause.has("vertical|portrait|upright") else "1:1" if clause.has("square") else
                             "16:9" if clause.has("horizontal|landscape|widescreen") else "")  # fmt: skip
    if size and not re.search(r"\b(?:9\s*x\s*16|16\s*x\s*9|1\s*x\s*1)\b", clause.text):
        width, height = int(size.group(1)), int(size.group(2))
        if not all(64 <= side <= 3840 and side % 2 == 0 for side in (width, height)):
            raise BadEdit(
                f"a frame is 64 to 3840 pixels a side and even, got {width}x{height}.",
                next_step="For example 1280x720.",
            )
    elif aspect:
        width, height = _sized(draft, aspect)
    else:
        return False
    draft.film(f"size {draft.board.width}x{draft.board.height} → {width}x{height}", width=width, height=height)
    return True


def _sized(draft: Draft, aspect: str) -> tuple[int, int]:
    """The size of an aspect; a film of another scale than the default keeps its scale."""
    width, height = ASPECTS[aspect]
    scale = min(draft.board.width, draft.board.height) / 720
    return int(width * scale / 2 + 0.5) * 2, int(height * scale / 2 + 0.5) * 2


def style(draft: Draft, clause: Clause) -> bool:
    found = find("style", clause.text)
    if not found or not clause.has("style|look|in|as|like|make it|into|draw|drawn|paint|painted|art"):
        return False
    if clause.shots:
        raise BadEdit(
            "the style belongs to the whole film.", next_step=f"Say “make it {found[0].value}” without naming a shot."
        )
    near = f" (for {found[1]})" if found[0].near else ""
    draft.film(f"style {draft.board.style} → {found[0].value}{near}", style=found[0].value)
    return True


def music(draft: Draft, clause: Clause) -> bool:
    if not clause.has("music|score|soundtrack|tune|song"):
        return False
    if clause.shots:
        raise BadEdit("the music runs through the whole film.", next_step="Ask for it without naming a shot.")
    old = draft.board.music
    if clause.has("no|without|remove|delete|mute|off|stop|kill"):
        draft.film(f"music {old.mood if old else 'none'} → none", music=None)
        return True
    plan = old or MusicPlan(mood="calm")
    moods = mood_in(re.sub(r"\b(?:slower|faster|slow|fast|quieter|softer|louder)\b", " ", clause.text)) or [
        m for m in MOODS if m in clause.low
    ]
    said = []
    if moods:
        said.append(f"music {old.mood if old else 'none'} → {moods[0]}")
        plan = plan.model_copy(update={"mood": moods[0]})
    tempo = _tempo(clause, plan)
    if tempo:
        said.append(f"tempo → {tempo:g} beats a minute")
        plan = plan.model_copy(update={"tempo_bpm": tempo})
    if clause.has("quieter|softer|lower|less|down|louder|up"):
        step = 4.0 if clause.has("louder|up") else -4.0
        plan = plan.model_copy(update={"gain_db": min(12.0, max(-30.0, plan.gain_db + step))})
        said.append(f"music {step:+g} dB")
    if not said:
        if old is not None and not clause.has("add|with|put"):
            raise BadEdit(
                "what should the music be like?", next_step=f"For example {', '.join(MOODS)}, slower, louder, none."
            )
        said.append(f"music {plan.mood}")
    draft.film(", ".join(said), music=plan)
    return True


def _tempo(clause: Clause, plan: MusicPlan) -> float | None:
    beats = re.search(r"(\d{2,3})\s*(?:bpm|beats)", clause.text, re.IGNORECASE)
    if beats:
        return float(min(200, max(40, int(beats.group(1)))))
    now = plan.tempo_bpm or 96.0
    if clause.has("slower|slow"):
        return max(40.0, round(now * 0.75))
    if clause.has("faster|fast|quicker"):
        return min(200.0, round(now * 1.3))
    return None


def film_title(draft: Draft, clause: Clause) -> bool:
    """ "Call it 'Home'", "rename the film to 'Home'": the name of the film, not words on the screen."""
    quoted = re.search(r"\x01(\d+)\x01", clause.text)
    if not quoted or not clause.has("call it|rename|name it|call the film|name the film"):
        return False
    words = clause.quotes[int(quoted.group(1))][:120]
    draft.film(f"the film is called “{words}”", title=words)
    return True


FILM_OPERATIONS = (film_length, shape, style, music, film_title)
