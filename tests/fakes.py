"""Fakes are small real things: a painter of plain colours, a judge that looks, a speaker that beeps, real media."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from agent.crew import Crew
from agent.deliver import Delivery
from storyboards.brief import Brief, CaptionMode
from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.errors import BackendUnavailable, GenerationFailed
from storyboards.storyboard import MusicPlan, Storyboard, digest_of, read_storyboard
from storyboards.timeline import Timeline
from tools.contract import SOUND_RATE_HZ, Footage, Progress, ShotRequest, Speech, Word
from tools.store import Store

PAINTS = {
    "red": (215, 40, 38), "orange": (242, 130, 30), "yellow": (247, 209, 51), "green": (61, 158, 74),
    "blue": (43, 105, 204), "purple": (128, 66, 173), "white": (242, 242, 237), "black": (33, 33, 38),
}  # fmt: skip
CAST = (("fox", "orange"), ("owl", "purple"), ("cat", "white"), ("dog", "green"), ("ball", "red"), ("car", "blue"))


def tiny_board(shots: int = 6, frames: int = 8, **changes: Any) -> Storyboard:
    """A storyboard of 64 x 64 at 8 frames a second: one subject of a colour of its own in every shot."""
    cast = [CAST[index % len(CAST)] for index in range(min(shots, len(CAST)))]
    settings = ("forest", "forest", "river", "river", "village", "village")
    document = {
        "title": "The Fox’s Way", "rate": "8", "width": 64, "height": 64, "seed": 7, "music": {"mood": "calm"},
        "elements": [{"id": name, "subject": name, "colour": colour} for name, colour in cast],
        "shots": [
            {
                "id": f"s{index + 1}", "frames": frames, "setting": settings[index % 6],
                "parts": [{"element": cast[index % len(cast)][0]}],
                "sounds": [{"sound": "bell", "at_s": 0.25}] if index % 2 == 0 else [],
                "lines": [{"text": "Once there was a fox.", "at_s": 0.1}] if index == 0 else [],
            }
            for index in range(shots)
        ],
    } | changes  # fmt: skip
    return read_storyboard(document)


def plain_film(place: Path, rate: int, seconds: int) -> None:
    """A tiny film of one colour, without sound."""
    from storyboards.clock import FrameRate
    from tools.media import FrameWriter

    with FrameWriter(place, 64, 64, FrameRate(numerator=rate)) as writer:
        for _ in range(rate * seconds):
            writer.write(np.full((64, 64, 3), 120, np.uint8))


class ScriptedPlanner:
    """Gives the same board for every brief, with the brief's seed and words in it."""

    name = "scripted"

    def __init__(self, board: Storyboard | None = None) -> None:
        self.board = board or tiny_board()
        self.calls = 0

    async def plan(self, brief: Brief) -> Storyboard:
        self.calls += 1
        return self.board.changed(logline=brief.text, seed=brief.seed or self.board.seed)


class PaintedBackend:
    """Paints a moving square of the subject's colour on a plain ground.

    Args:
        wrong_first: shots whose first take (seed 0) is painted purple, whatever was asked.
        log: a file to which each shot id and key is appended when it is painted.
        failing: shots of which the first ``failing[shot]`` calls fail.
    """

    name, version = "painted", "1"

    def __init__(
        self, wrong_first: frozenset[str] = frozenset(), log: Path | None = None, delay_s: float = 0.0,
        failing: dict[str, int] | None = None, price_usd: float = 0.0, always_wrong: bool = False,
    ) -> None:  # fmt: skip
        self.wrong_first, self.log, self.delay_s = wrong_first, log, delay_s
        self.failing, self.price, self.always_wrong = dict(failing or {}), price_usd, always_wrong
        self.filmed: list[str] = []
        self.running = self.most_at_once = 0
        self._lock = threading.Lock()

    def price_usd(self, request: ShotRequest) -> float:
        return self.price

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        from tools.media import FrameWriter

        shot = request.shot
        with self._lock:
            self.filmed.append(shot.id)
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        if self.log is not None:
            with self.log.open("a") as handle:
                handle.write(f"{shot.id} {idempotency_key}\n")
                handle.flush()
                os.fsync(handle.fileno())
        try:
            if self.failing.get(shot.id, 0) > 0:
                self.failing[shot.id] -= 1
                raise GenerationFailed("out of paint", shot_id=shot.id)
            time.sleep(self.delay_s)
            with FrameWriter(out, request.width, request.height, request.rate) as writer:
                for frame in range(request.frames):
                    writer.write(self._paint(request, frame))
                    progress((frame + 1) / request.frames)
        finally:
            with self._lock:
                self.running -= 1

    def _paint(self, request: ShotRequest, frame: int) -> np.ndarray:
        ground = int(digest_of([request.place_seed, request.shot.setting])[:2], 16) // 4 + 90
        picture = np.full((request.height, request.width, 3), ground, np.uint8)
        colour = request.elements[0].colour if request.elements else "black"
        wrong = self.always_wrong or (request.shot.id in self.wrong_first and request.shot.seed == 0)
        side = request.height // 2
        x = (request.width - side) // 2 + frame % 4 + request.shot.seed % 5
        top = request.height // 4
        bright = 2.0 ** (request.shot.exposure / 2)
        paint = np.clip(np.array(PAINTS["purple" if wrong else colour]) * bright, 0, 255)
        picture[top : top + side, x : x + side] = paint.astype(np.uint8)
        return picture


class BrokenBackend(PaintedBackend):
    """Is never there."""

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> None:
        raise BackendUnavailable("the painter has left", shot_id=request.shot.id)


class ColourJudge:
    """Looks at the middle of the frames and names the nearest paint. Everything else it cannot tell."""

    name = "colour judge"

    def __init__(self) -> None:
        self.calls = 0

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        from tools.media import read_frames

        self.calls += 1
        middles = [
            frame[frame.shape[0] * 3 // 8 : frame.shape[0] * 5 // 8, frame.shape[1] * 3 // 8 : frame.shape[1] * 5 // 8]
            for frame in read_frames(footage.video)
        ]
        mean = np.mean(middles, axis=(0, 1, 2))
        seen = min(PAINTS, key=lambda name: float(np.abs(mean - PAINTS[name]).sum()))
        return tuple(self._verdict(claim, seen) for claim in claims)

    def _verdict(self, claim: Claim, seen: str) -> Verdict:
        if claim.kind != "colour":
            return Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", judge=self.name)
        outcome = "pass" if seen == claim.expected else "fail"
        return Verdict(claim_id=claim.id, outcome=outcome, tier="T1", measured=seen, judge=self.name)


class BeepSpeaker:
    """Says each word as a beep of a fifth of a second, at the pace asked for."""

    name, version = "beeps", "1"

    def __init__(self, voiceless: bool = False, word_s: float = 0.2) -> None:
        self.voiceless, self.word_s = voiceless, word_s

    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        step_s = self.word_s / pace
        words = tuple(
            Word(word, round(index * step_s, 4), round((index + 0.9) * step_s, 4))
            for index, word in enumerate(text.split())
        )
        length_s = len(words) * step_s
        times = np.arange(round(length_s * SOUND_RATE_HZ)) / SOUND_RATE_HZ
        wave = (0.2 * np.sin(2 * np.pi * 330 * times) * (times % step_s < 0.9 * step_s)).astype(np.float32)
        return Speech(None if self.voiceless else wave, words, length_s, self.name, estimated=self.voiceless)


class PlainSounds:
    """A click for every cue, quiet noise for a place, a chord for music."""

    VERSION = "plain 1"

    def foley(self, request: ShotRequest) -> np.ndarray | None:
        if not request.shot.sounds:
            return None
        wave = np.zeros((2, round(request.rate.seconds(request.shot.frames) * SOUND_RATE_HZ)), np.float32)
        for cue in request.shot.sounds:
            start = round(cue.at_s * SOUND_RATE_HZ)
            wave[:, start : start + 240] = 0.3 * 10 ** (cue.gain_db / 20)
        return wave

    def ambience_bed(self, request: ShotRequest, start_s: float, length_s: float) -> np.ndarray | None:
        rng = np.random.default_rng(request.place_seed)
        return (0.01 * rng.standard_normal((2, round(length_s * SOUND_RATE_HZ)))).astype(np.float32)

    def ambience_key(self, request: ShotRequest) -> str:
        return f"{request.shot.setting}.{request.shot.time}.{request.shot.weather}"

    def music(self, plan: MusicPlan, length_s: float, seed: int) -> np.ndarray:
        times = np.arange(round(length_s * SOUND_RATE_HZ)) / SOUND_RATE_HZ
        chord = sum(np.sin(2 * np.pi * hz * times) for hz in (220.0, 277.2, 329.6))
        return np.stack([0.02 * chord, 0.02 * chord]).astype(np.float32)


@dataclass(frozen=True)
class PlainFacts:
    notes: tuple[str, ...] = ()


class PlainEditor:
    """Lays the clips end to end and the sounds over each other, without dissolves or loudness."""

    VERSION = "plain 1"

    def __init__(self) -> None:
        self.cuts = 0

    def cut_film(
        self, timeline: Timeline, store: Store, out: Path, captions: CaptionMode, language: str, progress: Progress
    ) -> PlainFacts:
        from tools.media import FrameWriter, read_frames

        self.cuts += 1
        with FrameWriter(out, timeline.width, timeline.height, timeline.rate) as writer:
            for number, clip in enumerate(timeline.picture):
                frames = list(read_frames(store.verify(clip.video_sha256)))[clip.source.start : clip.source.end]
                writer.write(np.stack(frames))
                progress((number + 1) / len(timeline.picture))
        for sound in timeline.sound:
            store.verify(sound.sha256)
        return PlainFacts()


class PlainPublisher:
    """Puts the film in its place, and nothing beside it."""

    def deliver(self, film: Delivery, store: Store, out: Path) -> tuple[Path, ...]:
        draft = out.with_suffix(".part")
        shutil.copyfile(film.cut, draft)
        os.replace(draft, out)
        return (out,)


class PlainExaminer:
    """Counts frames and compares sizes; cannot tell anything else."""

    def measure_cut(
        self, video: Path, board: Storyboard, claims: tuple[Claim, ...], timeline: Timeline
    ) -> tuple[Verdict, ...]:
        from tools.media import probe

        facts = probe(video)
        found: dict[str, Callable[[Claim], bool]] = {
            "film.duration": lambda claim: facts.frames == claim.number,
            "film.size": lambda claim: claim.expected.startswith(f"{facts.width}x{facts.height}"),
        }
        return tuple(
            Verdict(claim_id=claim.id, outcome="pass" if found[claim.id](claim) else "fail", tier="T0")
            for claim in claims
            if claim.id in found
        )

    def measure_continuity(
        self, claims: tuple[Claim, ...], footage: dict[str, Footage], requests: dict[str, ShotRequest]
    ) -> tuple[Verdict, ...]:
        return ()


def fake_crew(home: Path, **changes: Any) -> Crew:
    """A crew of fakes over a real store and a real database."""
    from agent.memory.memory import Memory

    members: dict[str, Any] = {
        "home": home, "planner": ScriptedPlanner(), "backend": PaintedBackend(), "judges": (ColourJudge(),),
        "sound": PlainSounds(), "speaker": BeepSpeaker(), "editor": PlainEditor(), "examiner": PlainExaminer(),
        "publisher": PlainPublisher(),
    } | changes  # fmt: skip
    if "memory" not in members:
        members["memory"] = Memory(home)
    if "store" not in members:
        members["store"] = Store(home / "store")
    return Crew(**members)


@dataclass
class ScriptedReply:
    """One answer of the scripted chat server: a chat completion with this text, or a bare HTTP status."""

    text: str = ""
    finish_reason: str = "stop"
    refusal: str | None = None
    status: int = 200
    delay_s: float = 0.0


class ScriptedChatServer:
    """An OpenAI-compatible chat server on loopback, over real HTTP, that answers from a queue.

    ``requests`` keeps the decoded body of every call; when the queue is empty the server answers 500.
    """

    def __init__(self, *replies: ScriptedReply | str) -> None:
        self.replies = [ScriptedReply(reply) if isinstance(reply, str) else reply for reply in replies]
        self.requests: list[dict[str, Any]] = []
        server = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                server.requests.append(json.loads(self.rfile.read(length)))
                reply = server.replies.pop(0) if server.replies else ScriptedReply(status=500)
                server._stop.wait(reply.delay_s)
                body = json.dumps(server._body(reply)).encode()
                with contextlib.suppress(OSError):
                    self.send_response(reply.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test's output clean."""

        self._stop = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @staticmethod
    def _body(reply: ScriptedReply) -> dict[str, Any]:
        if reply.status != 200:
            return {"error": {"message": reply.text or "scripted failure", "type": "server_error", "code": None}}
        message = {"role": "assistant", "content": None if reply.refusal else reply.text, "refusal": reply.refusal}
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}
        return {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "scripted", "choices": [choice],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}  # fmt: skip

    def __enter__(self) -> ScriptedChatServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
