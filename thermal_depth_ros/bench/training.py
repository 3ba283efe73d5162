# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How fast the trainer is: it and a plain loop take turns; and how fast samples are read."""

import contextlib
import dataclasses
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bench.bag_triplets import BagTriplets
from thermal_depth_ros.bench.contestants import Lap, contestants
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import BenchError
from thermal_depth_ros.bench.training_figures import GROUP, StageSpeed, Trained, training_figures
from thermal_depth_ros.inference.device import select_device
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.samples.sample_set import SampleSet
from thermal_depth_ros.settings import SettingsError
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.thermal_stages import STAGE_ONE, STAGE_TWO

CACHE_SPEED_UP = 10.0
_DRIVE_S = 8.0
_ENDLESS = 1_000_000  # epochs
_WARM_STEPS = {'cpu': 1, 'cuda': 20}
_LAP_S, _MOST_STEPS = 8.0, 400
_TRIPLETS_READ = 24


@dataclasses.dataclass(frozen=True)
class TrainingBench:
    """What is trained.

    Args:
        bag: folder of a recording; a synthetic drive is made where None.
        architecture: preset or file; the paper's networks on a GPU and small ones on a CPU where
            None.
        precision: of the trainer; the plain loop has single precision.
        rounds: how often the two ways to train take turns.
        settings: of the training, over those of the bench.
    """

    bag: Path | None = None
    architecture: str | None = None
    precision: str = 'auto'
    rounds: int = 3
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def run_training(options: TrainingBench | None = None) -> Iterator[Measurement]:
    """Measure reading and training.

    Raises:
        BenchError: something cannot be done; says what.
    """
    options = options or TrainingBench()
    device = select_device('auto')
    try:
        with tempfile.TemporaryDirectory(prefix='bench-') as folder:
            bag = options.bag or _drive(Path(folder) / 'drive')
            values = _settings(options, bag, Path(folder), device)
            data, method, run = task_kind('thermal').build(values)
            samples = open_samples(data).train
            yield _reading(samples, BagTriplets(samples, data))
            wanted = (STAGE_ONE, STAGE_TWO) if device.type == 'cuda' else (STAGE_ONE,)
            speeds = [_compete(stage, values, options.rounds, device) for stage in wanted]
            yield from training_figures(speeds, Trained(data, method, run, device))
    except (BagError, SamplesError, SettingsError, OSError) as error:
        raise BenchError(str(error)) from error


def _drive(path: Path) -> Path:
    """Write a synthetic drive."""
    from thermal_depth_ros.simulation.config import SimulationConfig
    from thermal_depth_ros.simulation.drive import Drive
    from thermal_depth_ros.simulation.drive_writer import write_drive

    print('training: making a synthetic drive ...', file=sys.stderr, flush=True)
    config = SimulationConfig(duration_s=_DRIVE_S, scene='street', light='day', shutter='none')
    write_drive(Drive(config), path)
    return path


def _settings(
    options: TrainingBench, bag: Path, folder: Path, device: torch.device
) -> dict[str, Any]:
    on_gpu = device.type == 'cuda'
    architecture = options.architecture or ('paper' if on_gpu else 'small')
    return {
        'bags': [str(bag)],
        'cache_dir': str(folder / 'cache'),
        'validation_fraction': 0.0,
        'leave_out_still': False,
        'pose_topic': 'none',
        'depth_topic': 'none',
        'architecture': architecture,
        # Only a backbone that has learned something else before can rest.
        'stage1_backbone': 'trained' if architecture == 'small' else 'frozen',
        'freeze_random_backbone': True,  # speed is measured, nothing is learned
        'stage1_epochs': _ENDLESS,
        'stage2_epochs': _ENDLESS,
        'device': str(device),
        'precision': options.precision,
        'output': str(folder / 'out'),
        **options.settings,
    }


def _reading(samples: SampleSet, triplets: BagTriplets) -> Measurement:
    """Read triplets from the cache and from the recording in turn."""
    order = np.random.default_rng(0).integers(0, len(samples), _TRIPLETS_READ)
    from_cache, from_bag = [], []
    with contextlib.closing(triplets):
        for index in order.tolist():
            start = time.perf_counter()
            cached = samples.triplet(index)
            between = time.perf_counter()
            decoded = triplets.triplet(index)
            from_bag.append(time.perf_counter() - between)
            from_cache.append(between - start)
            if not np.array_equal(cached.images, decoded.images):
                raise BenchError(f'{cached.where}: the cache holds other images')
    cache_s, bag_s = statistics.median(from_cache), statistics.median(from_bag)
    return Measurement(
        GROUP,
        'reading a triplet from the cache against decoding it from the recording',
        bag_s / cache_s,
        'times faster',
        CACHE_SPEED_UP,
        at_least=True,
        detail=f'{cache_s * 1e3:.2f} ms against {bag_s * 1e3:.2f} ms',
    )


def _compete(
    stage: str, values: Mapping[str, Any], rounds: int, device: torch.device
) -> StageSpeed:
    """Let the plain loop and the trainer take turns in a stage."""
    print(f'training: {stage} ...', file=sys.stderr, flush=True)
    laps: tuple[list[Lap], list[Lap]] = [], []
    with contestants(stage, values) as both:
        steps = []
        for one in both:
            one.lap(_WARM_STEPS[device.type])
            tried = one.lap(_WARM_STEPS[device.type])
            steps.append(min(max(math.ceil(_LAP_S * tried.steps_per_s), 1), _MOST_STEPS))
        for _ in range(rounds):
            for one, count, found in zip(both, steps, laps, strict=True):
                found.append(one.lap(count))
    return StageSpeed(stage, tuple(laps[0]), tuple(laps[1]))
