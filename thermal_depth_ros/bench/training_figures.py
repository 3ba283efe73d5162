# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What laps of training say: speed, use of the device, waiting, and the paper's schedule."""

import dataclasses
import math
import statistics
from collections.abc import Iterator, Sequence

import torch

from thermal_depth_ros.bench.contestants import Lap
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.work import peak_flops, training_flops
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.training.config import RunConfig
from thermal_depth_ros.training.machine import mixed_precision
from thermal_depth_ros.training.thermal_config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal_stages import policy_of, stages_of
from thermal_depth_ros.training.thermal_start import start_networks

GROUP = 'training'
SPEED_UP = {'cpu': 2.0, 'cuda': 5.0}
MOST_WAITING = 0.02  # of a step: the rest of the loading is hidden behind it
PAPER_EPOCHS, PAPER_TRIPLETS, MOST_HOURS = 400, 2225, 2.4  # of each of the paper's two stages
UNMEASURED = 'unmeasured: needs a GPU'


@dataclasses.dataclass(frozen=True)
class StageSpeed:
    """The laps of one stage, plain and ours in turn."""

    stage: str
    plain: tuple[Lap, ...]
    ours: tuple[Lap, ...]

    @property
    def ratio(self) -> float:
        """How many times faster ours is, median over the rounds."""
        rounds = zip(self.plain, self.ours, strict=True)
        return statistics.median(o.steps_per_s / p.steps_per_s for p, o in rounds)

    @property
    def waiting(self) -> float:
        """Share of the time in which ours waited for samples."""
        return sum(lap.waited_s for lap in self.ours) / sum(lap.seconds for lap in self.ours)


@dataclasses.dataclass(frozen=True)
class Trained:
    """What was trained, on what."""

    data: DataConfig
    method: ThermalTrainingConfig
    run: RunConfig
    device: torch.device

    @property
    def on_gpu(self) -> bool:
        """Whether the figures that need one can be measured."""
        return self.device.type == 'cuda'

    def samples_per_s(self, laps: Sequence[Lap]) -> float:
        """Return the median speed of laps."""
        return self.run.batch_size * statistics.median(lap.steps_per_s for lap in laps)


def training_figures(speeds: Sequence[StageSpeed], of: Trained) -> Iterator[Measurement]:
    """Turn the laps of the stages into figures."""
    for speed in speeds:
        yield _speed_up(speed, of)
    peak, source = peak_flops(of.device)
    for speed in speeds:
        yield _utilisation(speed, of, peak, source)
    for speed in speeds:
        yield _waiting(speed, of)
    yield _paper_schedule(speeds, of)


def _speed_up(speed: StageSpeed, of: Trained) -> Measurement:
    """Compare the trainer with the plain loop."""
    ours, plain = of.samples_per_s(speed.ours), of.samples_per_s(speed.plain)
    return Measurement(
        GROUP,
        f'{speed.stage}, {of.method.architecture} networks: trainer against a plain loop',
        speed.ratio,
        'times faster',
        SPEED_UP[of.device.type],
        at_least=True,
        detail=f'{ours:.3g} against {plain:.3g} samples/s, batch {of.run.batch_size}, '
        f'{of.data.height}x{of.data.width}, {_name(of)}',
    )


def _utilisation(speed: StageSpeed, of: Trained, peak: float, source: str) -> Measurement:
    """Compare what is computed with what the device could compute."""
    stage = next(stage for stage in stages_of(of.method) if stage.name == speed.stage)
    flops = training_flops(
        start_networks(of.method, of.run.seed).architecture,
        (of.data.height, of.data.width),
        policy_of(stage, of.method),
        of.run.batch_size,
    )
    done = flops * statistics.median(lap.steps_per_s for lap in speed.ours)
    return Measurement(
        GROUP,
        f'{speed.stage}: model FLOP utilisation',
        100.0 * done / peak,
        '%',
        detail=f'{flops / 1e12:.3g} TFLOP in a step, {done / 1e12:.3g} of {peak / 1e12:.3g} '
        f'TFLOP/s ({source})',
    )


def _waiting(speed: StageSpeed, of: Trained) -> Measurement:
    """Say how much of the time goes into waiting for samples; on a CPU nothing can hide it."""
    return Measurement(
        GROUP,
        f'{speed.stage}: waiting for samples',
        100.0 * speed.waiting if of.on_gpu else math.nan,
        '%',
        100.0 * MOST_WAITING if of.on_gpu else None,
        detail='of the time' if of.on_gpu else UNMEASURED,
    )


def _paper_schedule(speeds: Sequence[StageSpeed], of: Trained) -> Measurement:
    """Project how long 400 and 400 epochs of 2225 triplets take."""
    name = f"the paper's schedule: 2 x {PAPER_EPOCHS} epochs of {PAPER_TRIPLETS} triplets"
    if not of.on_gpu:
        target = f'{UNMEASURED} (target: at most {MOST_HOURS} h)'
        return Measurement(GROUP, name, math.nan, 'h', detail=target)
    triplets = PAPER_EPOCHS * PAPER_TRIPLETS
    seconds = sum(triplets / of.samples_per_s(speed.ours) for speed in speeds)
    as_the_paper = of.method.architecture == 'paper'
    return Measurement(
        GROUP,
        name,
        seconds / 3600.0,
        'h',
        MOST_HOURS if as_the_paper else None,
        detail='projected; 24 h on an A100 in the paper' if as_the_paper else 'other networks',
    )


def _name(of: Trained) -> str:
    precision = {'no': 'fp32'}.get(mixed := mixed_precision(of.run.precision, of.device), mixed)
    if of.on_gpu:
        return f'{precision} on {torch.cuda.get_device_name(of.device)}'
    threads = of.run.threads or torch.get_num_threads()
    return f'{precision} on a CPU, {threads} threads'
