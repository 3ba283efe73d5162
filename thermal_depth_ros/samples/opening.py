# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Opens all recordings of the settings, splits them and joins the parts to sample sets."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np

from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import DISTANCE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.picking import STILL, Picked, pick, thinned
from thermal_depth_ros.samples.preparing import Preparation, Prepared
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.sample_set import Part, Samples, SampleSet


def open_samples(
    config: DataConfig, advance: Advance | None = None, *, train_depth: bool = False
) -> Samples:
    """Turn recordings into triplets, using the cache of decoded images.

    Args:
        config: Recordings and selection of the samples.
        advance: Called with a description, the number done and the total.
        train_depth: Whether training samples have their true depth too, not only validation images.

    Raises:
        SamplesError: The settings contradict each other, the recordings do not meet them, or no
            samples are left; the message says what to change.
        BagError: A recording cannot be read, or lacks a given topic.
    """
    if wrong := config.problems():
        raise SamplesError('; '.join(wrong))
    work = _Opening(config, advance or _silent, train_depth)
    for path in config.bags:
        work.take(Path(path).expanduser(), validate_only=False)
    for path in config.validation_bags:
        work.take(Path(path).expanduser(), validate_only=True)
    return work.result()


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Ignore progress."""


class _Opening:
    """Collects the parts of all recordings."""

    def __init__(self, config: DataConfig, advance: Advance, train_depth: bool) -> None:
        self._config, self._advance = config, advance
        self._train_depth = train_depth
        self._train: list[Part] = []
        self._validation: list[Part] = []
        self._notes: list[str] = []
        self._left_out: Counter[str] = Counter()
        self._why_none: list[str] = []  # why recordings give no training samples

    def take(self, path: Path, validate_only: bool) -> None:
        """Read one recording."""
        with Bag(path) as bag:
            preparation = Preparation(bag, self._config, self._advance)
            prepared = preparation.run()
            frames = prepared.frames
            kept = np.full(len(frames), validate_only)
            if not validate_only:
                kept = _kept_for_validation(
                    frames.numbers, frames.stamps_ns, prepared.end, self._config
                )
            if not validate_only:
                self._add_train(preparation, frames.select(~kept), prepared)
            self._add_validation(preparation, frames.select(kept))
        self._left_out.update(prepared.left_out)
        self._notes += [f'{path}: {note}' for note in dict.fromkeys(prepared.notes)]

    def result(self) -> Samples:
        """Join all parts.

        Raises:
            SamplesError: Recordings are not compatible, or nothing is left.
        """
        deep = self._common_depth()
        train = SampleSet(self._thinned(self._train), self._config.max_gap_s)
        if not len(train):
            raise SamplesError('; '.join(('no training triplet', *self._why_none)))
        validation = SampleSet(self._validation, self._config.max_gap_s)
        self._note_uneven('poses', train.has_poses, [p.frames.T_world_camera for p in self._train])
        self._note_uneven('twist', train.has_travel, [p.frames.travelled_m for p in self._train])
        wants_validation = self._config.validation_bags or self._config.validation_fraction
        if wants_validation and not len(validation):
            self._notes.append('no validation triplet')
        return Samples(
            train=train,
            validation=validation,
            camera=self._train[0].frames.camera,
            deep=deep,
            channels=1 if self._config.camera == THERMAL else 3,
            notes=tuple(self._notes),
            left_out=self._left_out,
        )

    def _add_train(
        self, preparation: Preparation, frames: RecordedFrames, prepared: Prepared
    ) -> None:
        picked = self._pick(frames)
        depth = preparation.depth(frames) if self._train_depth else None
        self._train.append(Part(frames, picked.triplets, depth))
        if not len(picked.triplets):
            left_out = prepared.left_out + picked.left_out
            why = _why_none(frames, left_out, picked.measured, self._config)
            why = '. '.join((why, *prepared.apart))
            self._why_none.append(why)
            self._notes.append(why)

    def _add_validation(self, preparation: Preparation, frames: RecordedFrames) -> None:
        if not len(frames):
            return
        picked = self._pick(frames)
        self._validation.append(Part(frames, picked.triplets, preparation.depth(frames)))

    def _pick(self, frames: RecordedFrames) -> Picked:
        picked = pick(frames, self._config)
        self._left_out.update(picked.left_out)
        self._notes += [
            f'{frames.path}: left out {count} {reason}'
            + (f': {picked.measured}' if reason == STILL else '')
            for reason, count in picked.left_out.items()
        ]
        return picked

    def _thinned(self, parts: list[Part]) -> list[Part]:
        """Select max_triplets of all triplets, evenly spread over the recordings."""
        counts = [len(part.triplets) for part in parts]
        kept = thinned(sum(counts), self._config.max_triplets)
        result, first = [], 0
        for part, count in zip(parts, counts, strict=True):
            own = kept[(kept >= first) & (kept < first + count)] - first
            result.append(dataclasses.replace(part, triplets=part.triplets[own]))
            first += count
        return result

    def _common_depth(self) -> bool:
        sources: dict[bool, str] = {}
        for part in (*self._train, *self._validation):
            about = part.frames.store.about
            sources.setdefault(about.deep, f'{part.frames.path} ({about.encoding})')
        if len(sources) > 1:
            raise SamplesError(
                f'{sources[True]} has 16 bit and {sources[False]} 8 bit; they cannot be mixed'
            )
        return next(iter(sources), False)

    def _note_uneven(self, what: str, usable: bool, per_part: list[np.ndarray | None]) -> None:
        if not usable and any(values is not None for values in per_part):
            self._notes.append(f'not every recording has {what}, so that none is used for training')


def _why_none(
    frames: RecordedFrames, left_out: Counter[str], measured: str, config: DataConfig
) -> str:
    """Explain why a recording gives no training triplet."""
    if left_out[STILL]:
        return f'{frames.path}: all images stand still: {measured}'
    wanted = (
        f'{2 * config.frame_interval + 1} images at a frame_interval of {config.frame_interval}'
    )
    if config.spacing == DISTANCE:
        wanted = f'{config.spacing_m:g} m of travel before and after an image'
    counts = ', '.join(f'{count} {reason}' for reason, count in left_out.items()) or 'none'
    return (
        f'{frames.path}: {len(frames)} usable images of {frames.topic} make no triplet, which '
        f'requires {wanted}, without a gap above {config.max_gap_s:g} s (max_gap_s). Left out: '
        f'{counts}'
    )


def _kept_for_validation(
    numbers: np.ndarray, stamps_ns: np.ndarray, end: int, config: DataConfig
) -> np.ndarray:
    """Whether images (N,) at the end of a training recording are kept for validation.

    Args:
        numbers: Indices of the images.
        stamps_ns: Stamps of the images, increasing.
        end: Index after the last image that may be used.
        config: Settings with the size of the validation part.
    """
    if config.validation_bags or len(numbers) == 0:
        return np.zeros(len(numbers), bool)
    if config.validation_frames:
        return numbers >= end - config.validation_frames
    if config.validation_fraction == 0:
        return np.zeros(len(numbers), bool)
    length = float(stamps_ns[-1] - stamps_ns[0])
    return stamps_ns - stamps_ns[0] > (1 - config.validation_fraction) * length
