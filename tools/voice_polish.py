"""A plain synthetic voice made nicer to listen to: tone, sibilance, dynamics, a small room, a known loudness."""

from __future__ import annotations

import numpy as np

from tools.contract import SOUND_RATE_HZ

LOUDNESS_LUFS = -20.0
"""As heard from both sides of a stereo film."""
CEILING = 0.85
ROOM_S = 0.22
TAIL_S = 0.15


def polished(wave: np.ndarray, dry: bool = False) -> np.ndarray:
    """A mono voice (N,) at 48 kHz with its tone rounded, hiss and level evened, in a small room, at -20 LUFS.

    The result is ``TAIL_S`` longer. ``dry`` leaves tone and room alone and only sets the level (a voice that is
    already good).
    """
    voice = np.pad(np.asarray(wave, np.float64), (0, round(TAIL_S * SOUND_RATE_HZ)))
    if not dry:
        voice = _compressed(_de_essed(_equalised(voice)))
        voice = _in_room(voice)
    voice = _levelled(voice)
    fade = round(0.02 * SOUND_RATE_HZ)
    voice[:fade] *= np.linspace(0.0, 1.0, fade)
    voice[-fade:] *= np.linspace(1.0, 0.0, fade)
    return voice.astype(np.float32)


def _filtered(voice: np.ndarray, gain_of: np.ndarray, size: int) -> np.ndarray:
    return np.asarray(np.fft.irfft(np.fft.rfft(voice, size) * gain_of, size)[: len(voice)])


def _spectrum(count: int) -> tuple[int, np.ndarray]:
    size = 1 << (count + 4096 - 1).bit_length()
    return size, np.maximum(np.fft.rfftfreq(size, 1.0 / SOUND_RATE_HZ), 1e-3)


def _bell(freqs: np.ndarray, centre_hz: float, octaves: float, gain_db: float) -> np.ndarray:
    return np.asarray(gain_db * np.exp(-0.5 * (np.log2(freqs / centre_hz) / (0.5 * octaves)) ** 2))


def _equalised(voice: np.ndarray) -> np.ndarray:
    """Rumble out below 75 Hz, a little warmth, less nose and edge, a soft top."""
    size, freqs = _spectrum(len(voice))
    gain_db = _bell(freqs, 190.0, 1.6, 2.0) + _bell(freqs, 950.0, 1.0, -1.5) + _bell(freqs, 3100.0, 1.1, -4.0)
    gain = 10.0 ** (gain_db / 20.0) / np.sqrt((1.0 + (75.0 / freqs) ** 6) * (1.0 + (freqs / 8200.0) ** 6))
    return _filtered(voice, gain, size)


def _envelope(wave: np.ndarray, window_s: float) -> np.ndarray:
    width = max(1, round(window_s * SOUND_RATE_HZ))
    padded = np.concatenate([[0.0], np.cumsum(np.pad(wave * wave, (width // 2, width - width // 2)))])
    return np.sqrt(np.maximum(padded[width : width + len(wave)] - padded[: len(wave)], 0.0) / width)


def _de_essed(voice: np.ndarray) -> np.ndarray:
    """Turn the band above 4.2 kHz down, up to 9 dB, where it stands out from the rest."""
    size, freqs = _spectrum(len(voice))
    hiss = _filtered(voice, 1.0 / np.sqrt(1.0 + (4200.0 / freqs) ** 8), size)
    rest = voice - hiss
    excess = _envelope(hiss, 0.012) / (0.35 * _envelope(rest, 0.06) + 0.02 * np.abs(voice).max() + 1e-9)
    return np.asarray(rest + hiss * np.clip(1.0 / np.maximum(excess, 1.0), 0.35, 1.0))


def _compressed(voice: np.ndarray) -> np.ndarray:
    """Even the level, 2 : 1 above the mean over a syllable, never lifting silence."""
    level = _envelope(voice, 0.12)
    usual = float(np.sqrt(np.mean(voice * voice))) + 1e-9
    return np.asarray(voice * np.clip((level / usual + 1e-6) ** -0.5, 0.5, 1.0))


def _in_room(voice: np.ndarray) -> np.ndarray:
    """A few early reflections and a short tail, 16 dB under the voice."""
    rng = np.random.default_rng(2024)
    count = round(ROOM_S * SOUND_RATE_HZ)
    times = np.arange(count) / SOUND_RATE_HZ
    tail = rng.standard_normal(count) * np.exp(-times * (6.9 / ROOM_S)) * (times > 0.006)
    tail = np.convolve(tail, np.hanning(11) / 5.0, mode="same")
    for delay_s, level in ((0.0071, 3.0), (0.0113, 2.4), (0.0179, 1.8)):
        tail[round(delay_s * SOUND_RATE_HZ)] += level
    tail *= 10.0 ** (-16.0 / 20.0) / np.sqrt(np.sum(tail * tail))
    size = 1 << (len(voice) + count - 1).bit_length()
    return voice + np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(tail, size), size)[: len(voice)]


def _levelled(voice: np.ndarray) -> np.ndarray:
    measured = speech_lufs(voice)
    if measured is None:
        return voice
    voice = voice * 10.0 ** ((LOUDNESS_LUFS - measured) / 20.0)
    knee = 0.6
    over = np.maximum(np.abs(voice) - knee, 0.0)
    return np.asarray(
        np.sign(voice) * (np.minimum(np.abs(voice), knee) + (CEILING - knee) * np.tanh(over / (CEILING - knee)))
    )


def speech_lufs(voice: np.ndarray) -> float | None:
    """Gated loudness of a mono 48 kHz wave played on both sides of a stereo film; None below the absolute gate.

    ITU-R BS.1770-5: K-weighting (its 48 kHz coefficients, as a magnitude), blocks of 400 ms every 100 ms, gates at
    -70 LUFS and 10 LU under the mean.
    """
    size, freqs = _spectrum(len(voice))
    z = np.exp(-2j * np.pi * freqs / SOUND_RATE_HZ)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1.0 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1.0 - 2.0 * z + z**2) / (1.0 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    weighted = _filtered(voice, np.abs(shelf * high_pass), size)
    block, hop = round(0.4 * SOUND_RATE_HZ), round(0.1 * SOUND_RATE_HZ)
    if len(weighted) < block:
        weighted = np.pad(weighted, (0, block - len(weighted)))
    sums = np.concatenate([[0.0], np.cumsum(weighted * weighted)])
    starts = np.arange(0, len(weighted) - block + 1, hop)
    powers = 2.0 * (sums[starts + block] - sums[starts]) / block
    loud = powers[-0.691 + 10.0 * np.log10(powers + 1e-20) > -70.0]
    if not len(loud):
        return None
    relative = -0.691 + 10.0 * np.log10(loud.mean()) - 10.0
    kept = loud[-0.691 + 10.0 * np.log10(loud) > relative]
    return float(-0.691 + 10.0 * np.log10(kept.mean()))
