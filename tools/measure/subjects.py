"""Finding the subjects: regions, their tracks through the shot, their number and their colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.measure.look import Look
from tools.vocabulary import FRAMINGS, TIMES, WEATHERS

if TYPE_CHECKING:
    import torch

    from models.finder import Finder, Found

SAMPLES = 24
CENTRE_MIN = 0.30
SUBJECT_MIN = 0.5
SURE_MIN = 0.65
"""Mean probability that a region needs; lit windows and rocks stay under it."""
LEAST_CELLS = 4
FARTHEST_JUMP = 0.35
"""Distance, in shares of the frame, that a subject may come from one sample to the next."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Region:
    """One subject in one sampled frame.

    Attributes:
        sample: index of the sampled frame.
        x, y: centroid, normalised from the top left.
        box: normalised x0, y0, x1, y1.
        area: share of the frame.
        colours: log-probabilities in the order of ``NAMES``, summed over its cells and divided by their number.
        strength: height of the centre's peak, 0 to 1.
    """

    sample: int
    x: float
    y: float
    box: Box
    area: float
    colours: np.ndarray
    strength: float
    cells: np.ndarray


@dataclass(frozen=True)
class Track:
    """A subject through the shot, regions in order of time."""

    regions: tuple[Region, ...]

    def colour(self) -> np.ndarray:
        """Probability of each name of ``NAMES``, regions weighted by their size."""
        weights = np.sqrt([region.area for region in self.regions])
        mean = np.average([region.colours for region in self.regions], axis=0, weights=weights)
        p = np.exp(mean - mean.max())
        return p / p.sum()


@dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
        samples: kept frames of the look that were examined.
        regions: per sample.
        tracks: most present first, at most three.
        counts: probability of 0, 1, 2, 3 subjects, the network's own count, mean over samples.
        count_S, region_count_S: subjects per sample, as the network counts and as regions.
        time, weather, framing: probabilities in the order of the vocabulary.
        cover_Shw: probability that a subject covers a cell, per sample.
    """

    samples: np.ndarray
    regions: tuple[tuple[Region, ...], ...]
    tracks: tuple[Track, ...]
    counts: np.ndarray
    count_S: np.ndarray
    region_count_S: np.ndarray
    time: dict[str, float]
    weather: dict[str, float]
    framing: dict[str, float]
    cover_Shw: np.ndarray

    def tile_cover(self, frames: int, rows: int, columns: int) -> np.ndarray:
        """Share of each tile (rows, columns) that a subject covers, for every kept frame."""
        import torch

        cover = torch.from_numpy(self.cover_Shw)[:, None]
        grown = torch.nn.functional.max_pool2d(cover, 3, 1, 1)
        tiles = torch.nn.functional.adaptive_avg_pool2d(grown, (rows, columns))[:, 0].numpy()
        nearest = np.abs(np.arange(frames)[:, None] - self.samples[None]).argmin(1)
        return tiles[nearest]


def survey(look: Look, finder: Finder | None = None) -> Survey:
    """Examine up to ``SAMPLES`` frames of the shot with the finder."""
    import torch

    from models.finder import MOMENT_S, input_size, load_finder

    net = finder or load_finder()
    count = len(look.frames_THWC)
    moment = max(1, round(MOMENT_S * look.rate_hz / look.step))
    last = max(0, count - 1 - moment)
    samples = np.unique(np.linspace(0, last, min(SAMPLES, last + 1)).round().astype(int))
    wanted = np.unique(np.concatenate([samples, np.minimum(samples + moment, count - 1)]))
    height, width = input_size(*look.frames_THWC.shape[1:3])
    small = torch.from_numpy(look.frames_THWC[wanted]).permute(0, 3, 1, 2).float() / 255.0
    small = torch.nn.functional.interpolate(small, size=(height, width), mode="area")
    at = {int(number): row for row, number in enumerate(wanted)}
    pairs = torch.cat(
        [small[[at[int(s)] for s in samples]], small[[at[min(int(s) + moment, count - 1)] for s in samples]]], 1
    )
    with torch.inference_mode():
        found = net(pairs)
    return _surveyed(found, samples)


def _surveyed(found: Found, samples: np.ndarray) -> Survey:
    cover = found.subject_Bhw.sigmoid().numpy()
    centre = found.centre_Bhw.sigmoid()
    colours = found.colour_BKhw.log_softmax(1).numpy()
    peaks = _peaks(centre)
    regions = tuple(
        tuple(_regions(sample, cover[sample], centre[sample].numpy(), colours[sample], peaks[sample]))
        for sample in range(len(samples))
    )
    tracks = link(regions)

    def spread(logits: torch.Tensor) -> np.ndarray:
        return logits.softmax(-1).mean(0).numpy()

    return Survey(
        samples, regions, tracks, spread(found.count_BK), found.count_BK.argmax(-1).numpy(),
        np.array([len(row) for row in regions], int),
        dict(zip(TIMES, spread(found.time_BK).tolist(), strict=True)),
        dict(zip(WEATHERS, spread(found.weather_BK).tolist(), strict=True)),
        dict(zip(FRAMINGS, spread(found.framing_BK).tolist(), strict=True)), cover,
    )  # fmt: skip


def _peaks(centre_Shw: torch.Tensor) -> list[list[tuple[int, int]]]:
    import torch

    padded = torch.nn.functional.max_pool2d(centre_Shw[:, None], 5, 1, 2)[:, 0]
    top = (centre_Shw == padded) & (centre_Shw > CENTRE_MIN)
    rows: list[list[tuple[int, int]]] = []
    for sample in range(len(centre_Shw)):
        places = torch.nonzero(top[sample]).tolist()
        places.sort(key=lambda p: -float(centre_Shw[sample, p[0], p[1]]))
        rows.append([(int(p[0]), int(p[1])) for p in places[:4]])
    return rows


def _regions(
    sample: int, cover: np.ndarray, centre: np.ndarray, colours: np.ndarray, peaks: list[tuple[int, int]]
) -> list[Region]:
    """Cells that a subject covers go to the nearest centre that they are joined to."""
    from scipy.ndimage import label

    patches, _ = label(cover > SUBJECT_MIN, np.ones((3, 3)))
    homes = [_patch_at(patches, peak) for peak in peaks]
    made = []
    for number, (peak, home) in enumerate(zip(peaks, homes, strict=True)):
        if not home:
            continue
        y, x = np.nonzero(patches == home)
        sharing = [k for k, other in enumerate(homes) if other == home]
        away = np.stack([(y - peaks[k][0]) ** 2 + (x - peaks[k][1]) ** 2 for k in sharing])
        mine = away.argmin(0) == sharing.index(number)
        y, x = y[mine], x[mine]
        if len(y) >= LEAST_CELLS and cover[y, x].mean() > SURE_MIN:
            made.append(_region(sample, y, x, cover, colours, float(centre[peak])))
    return made


def _patch_at(patches: np.ndarray, peak: tuple[int, int]) -> int:
    """The patch under a centre or, for hollow bodies, within two cells of it; 0 for none."""
    y, x = peak
    around = patches[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
    return int(patches[y, x] or around.max())


def _region(
    sample: int, y: np.ndarray, x: np.ndarray, cover: np.ndarray, colours: np.ndarray, strength: float
) -> Region:
    height, width = cover.shape
    box = (x.min() / width, y.min() / height, (x.max() + 1) / width, (y.max() + 1) / height)
    return Region(
        sample, float((x + 0.5).mean() / width), float((y + 0.5).mean() / height),
        (float(box[0]), float(box[1]), float(box[2]), float(box[3])), float(len(y) / (height * width)),
        np.average(colours[:, y, x], axis=1, weights=cover[y, x]), strength, np.stack([y, x], -1),
    )  # fmt: skip


def link(regions: tuple[tuple[Region, ...], ...]) -> tuple[Track, ...]:
    """Tracks by nearest neighbours, from sample to sample; the longest three."""
    chains: list[list[Region]] = []
    for row in regions:
        open_ = [chain for chain in chains if row and row[0].sample - chain[-1].sample <= 4]
        free = list(row)
        if open_ and free:
            for chain, region in _pairing(open_, free):
                chain.append(region)
                free.remove(region)
        chains += [[region] for region in free]
    chains.sort(key=lambda chain: -len(chain))
    return tuple(Track(tuple(chain)) for chain in chains[:3] if len(chain) >= max(1, len(regions) // 8))


def _pairing(chains: list[list[Region]], free: list[Region]) -> list[tuple[list[Region], Region]]:
    """The cheapest assignment of regions to chains; a jump over ``FARTHEST_JUMP`` is another subject."""
    from scipy.optimize import linear_sum_assignment

    def cost(last: Region, region: Region) -> float:
        gap = np.hypot(last.x - region.x, last.y - region.y)
        return float(gap + 0.15 * abs(np.log((last.area + 1e-4) / (region.area + 1e-4))))

    costs = np.array([[cost(chain[-1], region) for region in free] for chain in chains])
    pairs = [(chains[row], free[column]) for row, column in zip(*linear_sum_assignment(costs), strict=True)]
    return [(c, r) for c, r in pairs if np.hypot(c[-1].x - r.x, c[-1].y - r.y) < FARTHEST_JUMP]
