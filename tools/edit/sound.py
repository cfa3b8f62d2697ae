"""The sound of a cut: every clip placed, faded and levelled by one filter graph, music ducked under speech, then set to
the delivery loudness."""

from __future__ import annotations

from pathlib import Path

from storyboards.clock import FrameRate
from storyboards.errors import MediaFailed
from storyboards.storyboard import digest_of
from storyboards.timeline import SoundClip, Timeline
from tools import faults
from tools.contract import SOUND_RATE_HZ
from tools.media import Loudness, loudness, loudness_in, probe, run_ffmpeg
from tools.store import Store

MIX_VERSION = "mix.3"
"""Part of the cache key of every mix: change it whenever the graph or a number below changes."""
TARGET_LUFS, CLOSE_ENOUGH_LU = -14.0, 0.15
PEAK_LIMIT_DBTP = -1.5
"""Half a decibel under what is promised: AAC decodes to peaks a little above those it was given."""
PEAK_MAX_DBTP = -1.0
BACKGROUND = ("ambience", "music")
DUCK = "threshold=0.015:ratio=6:attack=60:release=500:knee=4:detection=rms:link=maximum"
"""Takes music and ambience down by 9 to 14 dB under speech at its usual level, quickly down and slowly up."""
MAX_PASSES = 6
ENCODER = ["-c:a", "aac", "-b:a", "192k", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-f", "mp4"]


def mix_key(timeline: Timeline) -> str:
    """sha256 of everything that determines the mix."""
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
    with store.scratch(".wav") as mix, store.scratch(".wav") as levelled, store.scratch(".m4a") as out:
        found = _mix(timeline, store, mix)
        limit_dbtp = PEAK_LIMIT_DBTP
        for _ in range(3):
            source = mix if found.lufs is None else _level(mix, levelled, found, limit_dbtp)
            run_ffmpeg(["-loglevel", "error", "-f", "wav", "-i", _url(source), *ENCODER, _url(out)])
            peak = loudness(out).true_peak_dbtp
            if peak is None or peak <= PEAK_MAX_DBTP:
                break
            limit_dbtp -= peak - PEAK_MAX_DBTP + 0.2
        faults.reached("edit.mix.after")
        sha256 = store.put(out, ".m4a")
    store.remember(key, sha256)
    return sha256


def _mix(timeline: Timeline, store: Store, out: Path) -> Loudness:
    """Every clip in its place, as a float wave file of the film's length."""
    samples = samples_of(timeline.frames, timeline.rate)
    clips = [clip for clip in timeline.sound if _heard(clip, samples)]
    inputs: list[str] = []
    for clip in clips:
        inputs += ["-f", "wav", "-i", _url(store.path(clip.sha256))]
    graph = mix_graph(clips, [probe(store.path(clip.sha256)).sound_channels for clip in clips], samples)
    report = run_ffmpeg(
        ["-loglevel", "info", *inputs, "-filter_complex", graph, "-map", "[film]", "-c:a", "pcm_f32le",
         "-fflags", "+bitexact", "-f", "wav", _url(out)]
    )  # fmt: skip
    return loudness_in(report.stderr)


def _heard(clip: SoundClip, samples: int) -> bool:
    return clip.at_s + clip.length_s > 0 and round(clip.at_s * SOUND_RATE_HZ) < samples


def mix_graph(clips: list[SoundClip], channels: list[int], samples: int) -> str:
    """The ffmpeg filter graph of a film's sound: inputs in the order of ``clips``, output ``[film]``."""
    rows = [f"{_placed(number, clip, channels[number])}[c{number}]" for number, clip in enumerate(clips)]
    whole = f"apad=whole_len={samples},atrim=end_sample={samples}"
    buses: dict[str, str] = {}
    for track in ("dialogue", "foley", *BACKGROUND):
        mine = [f"[c{number}]" for number, clip in enumerate(clips) if clip.track == track]
        if mine:
            together = f"amix=inputs={len(mine)}:normalize=0:dropout_transition=0," if len(mine) > 1 else ""
            rows.append(f"{''.join(mine)}{together}{whole}[{track}]")
            buses[track] = f"[{track}]"
    ducked = [buses.pop(track) for track in BACKGROUND if track in buses and "dialogue" in buses]
    if ducked:
        # One compressor for all of the background: two that share a key give other samples from run to run.
        together = f"amix=inputs={len(ducked)}:normalize=0:dropout_transition=0," if len(ducked) > 1 else ""
        rows.append(f"{''.join(ducked)}{together}{whole}[background]")
        rows.append("[dialogue]asplit=2[speech][key]")
        rows.append(f"[background][key]sidechaincompress={DUCK}[low]")
        buses |= {"dialogue": "[speech]", "background": "[low]"}
    if not buses:
        rows.append(f"anullsrc=r={SOUND_RATE_HZ}:cl=stereo,atrim=end_sample={samples}[sum]")
    else:
        rows.append(f"{''.join(buses.values())}amix=inputs={len(buses)}:normalize=0,{whole}[sum]")
    rows.append("[sum]ebur128=peak=true:framelog=quiet,aformat=sample_fmts=flt[film]")
    return ";".join(rows)


def _placed(number: int, clip: SoundClip, channels: int) -> str:
    at, length = round(clip.at_s * SOUND_RATE_HZ), round(clip.length_s * SOUND_RATE_HZ)
    offset = round(clip.offset_s * SOUND_RATE_HZ)
    fade_in, fade_out = (round(fade * SOUND_RATE_HZ) for fade in (clip.fade_in_s, clip.fade_out_s))
    steps = [f"[{number}:a:0]aresample={SOUND_RATE_HZ}"]
    # One channel is heard on both sides at its own level; the library's default would lower it by 3 dB.
    steps += ["pan=stereo|c0=c0|c1=c0"] if channels == 1 else []
    steps += ["aformat=sample_fmts=fltp:channel_layouts=stereo"]
    steps += [f"atrim=start_sample={offset}:end_sample={offset + length}", "asetpts=PTS-STARTPTS"]
    if clip.gain_db:
        steps.append(f"volume={clip.gain_db:.4f}dB:precision=float")
    if fade_in:
        steps.append(f"afade=t=in:ss=0:ns={min(fade_in, length)}")
    if fade_out:
        fade = min(fade_out, length)
        steps.append(f"afade=t=out:ss={length - fade}:ns={fade}")
    if at < 0:
        steps += [f"atrim=start_sample={-at}", "asetpts=PTS-STARTPTS"]
    elif at > 0:
        steps.append(f"adelay=delays={at}S:all=1")
    return ",".join(steps)


def _level(mix: Path, out: Path, found: Loudness, limit_dbtp: float) -> Path:
    """Bring the mix to the target loudness with no true peak above the limit: gain alone where that is enough, else
    gain into a limiter that works at four times the rate, tried again until the loudness is met."""
    if found.lufs is None:
        raise MediaFailed("silence cannot be brought to a loudness.")
    gain_db = TARGET_LUFS - found.lufs
    for _ in range(MAX_PASSES):
        peak = (found.true_peak_dbtp or -99.0) + gain_db
        filters = [f"volume={gain_db:.4f}dB:precision=float"]
        if peak > limit_dbtp:
            filters += [
                f"aresample={4 * SOUND_RATE_HZ}",
                f"alimiter=limit={10 ** (limit_dbtp / 20):.6f}:attack=4:release=60:level=false:latency=true",
                f"aresample={SOUND_RATE_HZ}",
            ]
        filters += ["ebur128=peak=true:framelog=quiet", "aformat=sample_fmts=flt"]
        report = run_ffmpeg(
            ["-loglevel", "info", "-f", "wav", "-i", _url(mix), "-af", ",".join(filters), "-c:a", "pcm_f32le",
             "-fflags", "+bitexact", "-f", "wav", _url(out)]
        )  # fmt: skip
        now = loudness_in(report.stderr).lufs
        if now is None or abs(now - TARGET_LUFS) <= CLOSE_ENOUGH_LU:
            break
        gain_db += 1.2 * (TARGET_LUFS - now)
    return out


def _url(path: Path) -> str:
    return f"file:{path.absolute()}"
