"""The sound of a cut: mixed, set to its loudness, and encoded once for as long as nothing in it changes."""

from __future__ import annotations

from pathlib import Path

from storyboards.clock import FrameRate
from storyboards.errors import BadMedia, MediaFailed
from storyboards.storyboard import digest_of
from storyboards.timeline import SoundClip, Timeline
from tools import faults
from tools.contract import SOUND_RATE_HZ
from tools.edit.mastering import PEAK_LIMIT_DBTP, TARGET_LUFS, Master
from tools.edit.mix import mix
from tools.media import loudness, run_ffmpeg
from tools.store import Store

MIX_VERSION = "mix.5"
"""Part of the cache key of every mix: change it whenever a number or a rule of mixing or mastering changes."""
PEAK_MAX_DBTP, HEARD_TOLERANCE_LU, MAX_TRIES = -1.0, 0.2, 4
ENCODER = ["-c:a", "aac", "-b:a", "192k", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-f", "mp4"]


def mix_key(timeline: Timeline) -> str:
    """sha256 of everything that determines the sound."""
    return digest_of(
        {"version": MIX_VERSION, "samples": samples_of(timeline.frames, timeline.rate),
         "sound": [clip.model_dump(mode="json", exclude={"shot_id"}) for clip in timeline.sound]}
    )  # fmt: skip


def samples_of(frames: int, rate: FrameRate) -> int:
    """Samples at 48 kHz that last as long as ``frames``, to the nearest."""
    return int(frames * SOUND_RATE_HZ / rate.fraction + 0.5)


def mixed_sound(timeline: Timeline, store: Store) -> str:
    """The finished sound as AAC in an m4a in the store, exactly as long as the picture; a silent one if it is silent.

    Raises:
        MediaFailed: a sound cannot be decoded. ContentMissing: one is gone.
    """
    key = mix_key(timeline)
    known = store.recall(key)
    if known is not None:
        return known
    faults.reached("edit.mix.before")
    with store.scratch(".wav") as draft, store.scratch(".wav") as mastered, store.scratch(".m4a") as out:
        samples = samples_of(timeline.frames, timeline.rate)
        clips = [clip for clip in timeline.sound if _is_heard(clip, samples)]
        try:
            mix(clips, store, samples, draft)
        except BadMedia as error:
            raise MediaFailed(f"a sound cannot be mixed: {error.message}", next_step=error.next_step) from error
        _encode(draft, mastered, out)
        faults.reached("edit.mix.after")
        sha256 = store.put(out, ".m4a")
    store.remember(key, sha256)
    return sha256


def _is_heard(clip: SoundClip, samples: int) -> bool:
    return clip.at_s + clip.length_s > 0 and round(clip.at_s * SOUND_RATE_HZ) < samples


def _encode(draft: Path, mastered: Path, out: Path) -> None:
    """Master and encode. What counts is what is heard: where encoding lifts a peak above the promise or takes loudness
    away (it drops what lies above 17 kHz, of which surf and rain have much), it is mastered again to make up for it."""
    found = loudness(draft)
    if found.lufs is None:
        _aac(draft, out)
        return
    master, target_lufs, limit_dbtp = Master(draft, found), TARGET_LUFS, PEAK_LIMIT_DBTP
    for _ in range(MAX_TRIES):
        master.write(mastered, target_lufs, limit_dbtp)
        _aac(mastered, out)
        heard = loudness(out)
        if heard.lufs is None or heard.true_peak_dbtp is None:
            return
        over_db, short_lu = heard.true_peak_dbtp - PEAK_MAX_DBTP, TARGET_LUFS - heard.lufs
        if over_db <= 0 and abs(short_lu) <= HEARD_TOLERANCE_LU:
            return
        limit_dbtp -= max(0.0, over_db + 0.05)
        target_lufs += short_lu if abs(short_lu) > HEARD_TOLERANCE_LU else 0.0


def _aac(sound: Path, out: Path) -> None:
    run_ffmpeg(["-loglevel", "error", "-f", "wav", "-i", f"file:{sound}", *ENCODER, f"file:{out}"])
