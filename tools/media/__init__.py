"""The only room that touches codecs and ffmpeg: everything else sees arrays, paths and facts.

Importing it loads neither; PyAV and the ffmpeg program are touched when a file is.
"""

from __future__ import annotations

from tools.media.guard import MAX_PIXELS, MAX_SECONDS, sniff
from tools.media.join import Strip, house_signature, join_pictures, mux_film, strip_of
from tools.media.program import Report, run_ffmpeg
from tools.media.reader import MediaFacts, extract_still, probe, read_frames, read_planes
from tools.media.stills import contact_sheet, jpeg_stills, png_bytes, read_cutout, read_on_white, read_picture, smaller
from tools.media.waves import Loudness, WaveReader, WaveWriter, loudness, loudness_in, read_wave, write_wave
from tools.media.writer import CODEC_VERSION, FrameWriter, Planes, key_interval

__all__ = [
    "CODEC_VERSION", "MAX_PIXELS", "MAX_SECONDS", "FrameWriter", "Loudness", "MediaFacts", "Planes", "Report", "Strip",
    "WaveReader", "WaveWriter",
    "contact_sheet", "extract_still", "house_signature", "join_pictures", "jpeg_stills", "key_interval", "loudness",
    "loudness_in", "mux_film", "png_bytes", "probe", "read_cutout", "read_frames", "read_on_white", "read_picture",
    "read_planes", "read_wave", "run_ffmpeg", "smaller", "sniff", "strip_of", "write_wave",
]  # fmt: skip
