# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decodes the images of a recording once, into a memory-mapped file."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.messages.frame_reader import border_remark
from thermal_depth_ros.samples.array_folder import ABOUT, ArrayFile, ArrayFolder
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.cache_space import CacheSpace
from thermal_depth_ros.samples.decoding import Decoded, Decoder, Expected
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_facts import FACTS, block_means, measure
from thermal_depth_ros.samples.resampling import Resampler
from thermal_depth_ros.thermal.outlying_border import outlying_border

Advance = Callable[[str, int, int], None]
_REPORT_EVERY = 8  # images
_IMAGES, _BLOCKS, _FACTS = 'images', 'blocks', 'facts'


@dataclasses.dataclass(frozen=True)
class Source:
    """One camera of one recording."""

    bag: Bag
    expected: Expected
    resampler: Resampler

    def cropped(self, values: np.ndarray) -> np.ndarray:
        """Return a map (H, W) of an image with the crop of the images applied."""
        expected = self.expected
        return expected.crop.matching(values, (expected.height, expected.width))

    @property
    def key(self) -> dict[str, Any]:
        """Plain values that determine the cached images."""
        return {
            'files': self.bag.files,
            'expected': self.expected.key,
            'resampling': self.resampler.key,
        }


@dataclasses.dataclass(frozen=True)
class About:
    """Properties of the images, determined when they were cached."""

    encoding: str  # of the first usable image
    frame_id: str
    deep: bool  # 16 bits
    left_out: dict[str, int]  # reason -> images that are not in the cache
    problems: tuple[str, ...]  # damaged data, one line each


class FrameStore(ArrayFolder):
    """Images (N, H, W) uint8 or uint16 counts, or (N, H, W, 3) uint8 R, G, B, of one recording."""

    about: About

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        values: Any = self.about
        self.about = About(**{**values, 'problems': tuple(values['problems'])})

    @property
    def images(self) -> np.ndarray:
        """All images, memory-mapped."""
        return self.array(_IMAGES)

    def facts(self) -> np.ndarray:
        """Return the statistics: (N,) records of frame_facts.FACTS."""
        return np.array(self.array(_FACTS))

    def blocks(self) -> np.ndarray:
        """Return the means of blocks of pixels, (N, H // side, W // side), memory-mapped."""
        return self.array(_BLOCKS)


def cached_frames(space: CacheSpace, source: Source, advance: Advance) -> FrameStore:
    """Return the images of a camera, decoding them if they are not in the cache.

    Raises:
        SamplesError: There is no usable image, or the cache cannot be written or has no room.
        BagError: The recording cannot be read.
    """
    name = source.bag.path.name

    def build(folder: Path) -> None:
        _Builder(source, folder, space, advance).run()

    def waiting() -> None:
        advance(f'{name}: another process is decoding it', 0, 0)

    with cached(space.root, 'frames', source.key, build, waiting) as folder:
        return FrameStore(folder)


class _Builder:
    """One pass over the images of a camera, with at most one in memory."""

    def __init__(self, source: Source, folder: Path, space: CacheSpace, advance: Advance) -> None:
        self._source, self._folder = source, folder
        self._space, self._advance = space, advance
        self._total = source.bag.recording().topics[source.expected.topic].count
        self._decoder = Decoder(source.bag.recording(), source.expected)
        self._facts: list[np.ndarray] = []
        self._files: dict[str, ArrayFile] = {}
        self._first: Decoded | None = None

    def run(self) -> None:
        total = self._total
        try:
            for index, decoded in enumerate(self._decoder.images()):
                if decoded is not None:
                    self._take(decoded)
                if index % _REPORT_EVERY == 0 or index + 1 == total:
                    self._advance(f'decoding {self._source.bag.path.name}', index + 1, total)
            if self._first is None:
                raise SamplesError(self._nothing(total))
            for file in self._files.values():
                file.finish()
        finally:
            for file in self._files.values():
                file.abandon()
        np.save(self._folder / f'{_FACTS}.npy', np.stack(self._facts))
        (self._folder / ABOUT).write_text(json.dumps(dataclasses.asdict(self._about(self._first))))

    def _take(self, decoded: Decoded) -> None:
        sample = self._source.resampler.image(decoded.image)
        arrays = {_IMAGES: sample, _BLOCKS: block_means(sample)}
        if self._first is None:
            self._first = decoded
            image_bytes = sum(values.nbytes for values in arrays.values()) + FACTS.itemsize
            path, topic = self._source.bag.path, self._source.expected.topic
            what = f'the {self._total} images of {topic} of {path}'
            self._space.reserve(self._total * image_bytes, what)
        self._facts.append(measure(decoded.number, decoded.stamp_ns, decoded.image))
        for name, values in arrays.items():
            if name not in self._files:
                path = self._folder / f'{name}.npy'
                self._files[name] = ArrayFile(path, values.shape, values.dtype)
            self._files[name].write(len(self._facts) - 1, values)

    def _about(self, first: Decoded) -> About:
        decoder, topic = self._decoder, self._source.expected.topic
        recording = self._source.bag.recording()
        damaged = [
            f'{topic}: {count} images left out, {reason} ({decoder.examples[reason]})'
            for reason, count in decoder.left_out.items()
        ]
        return About(
            encoding=first.encoding,
            frame_id=first.frame_id,
            deep=first.image.dtype == np.uint16,
            left_out=dict(decoder.left_out),
            problems=(*recording.notes, *recording.problems, *damaged, *self._border(first)),
        )

    def _border(self, first: Decoded) -> Iterator[str]:
        """Report lines of the images that look like telemetry."""
        expected = self._source.expected
        if first.image.ndim == 2 and (seen := outlying_border(first.image)):
            yield f'{expected.topic}: {border_remark(seen, expected.crop)}'

    def _nothing(self, total: int) -> str:
        expected, decoder = self._source.expected, self._decoder
        if not decoder.left_out:
            return f'{self._source.bag.path}: {expected.topic} has no images'
        examples = '; '.join(f'{reason}: {text}' for reason, text in decoder.examples.items())
        return (
            f'{self._source.bag.path}: none of the {total} images of {expected.topic} can be used; '
            f'the camera was calibrated at {expected.width}x{expected.height}; {examples}'
        )
