# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed and memory of `evaluate` on recorded outputs, without a network.

Two recordings of different length are evaluated, each by a process of its own, as users do it. The
difference between both is free of the start of the process and of what it keeps anyway.
"""

import dataclasses
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import COMMAND, Meter, Running
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image

GROUP = 'evaluation of recorded depth, 640x512'
LENGTHS = (100, 500)  # frames
TARGET_HZ = 100.0
_CAMERA = PinholeCamera(640, 512, 500.0, 500.0, 319.5, 255.5)
_FRAME = 'thermal_optical_frame'
_DIFFERENT = 8  # images and maps, used in turn
_PERIOD_NS = 33_333_333
_LONGEST_S = 600.0


@dataclasses.dataclass(frozen=True)
class Run:
    """One evaluation."""

    frames: int
    seconds: float
    cpu_s: float
    peak_mib: float


def run_evaluation() -> list[Measurement]:
    """Measure two evaluations of different length.

    Raises:
        BenchError: One of them failed.
    """
    with tempfile.TemporaryDirectory(prefix='bench-evaluation-') as folder:
        runs = [_run(Path(folder), frames) for frames in LENGTHS]
    return list(figures(*runs))


def figures(short: Run, long: Run) -> Iterator[Measurement]:
    """Convert two runs to measurements."""
    frames = long.frames - short.frames
    cpu_ms = 1e3 * (long.cpu_s - short.cpu_s) / frames
    yield Measurement(
        GROUP,
        'frames',
        frames / (long.seconds - short.seconds),
        '1/s',
        TARGET_HZ,
        at_least=True,
        detail=f'{cpu_ms:.1f} ms of processor time each; {short.frames} and {long.frames} frames',
    )
    growth = 2**20 * (long.peak_mib - short.peak_mib) / frames
    yield Measurement(
        GROUP,
        'growth of the memory',
        growth / 1e3,
        'kB a frame',
        detail=f'peaks of {short.peak_mib:.0f} and {long.peak_mib:.0f} MiB',
    )


def write_inputs(folder: Path, frames: int) -> tuple[Path, Path]:
    """Write a drive with true depth, and outputs for it; return both."""
    types, random = bag_types(), np.random.default_rng(0)
    images = random.integers(7000, 9000, (_DIFFERENT, 512, 640), np.uint16)
    truth, predicted = zip(*(_depths(random) for _ in range(_DIFFERENT)), strict=True)
    drive, outputs = folder / 'drive', folder / 'outputs'
    with (
        RecordingWriter(drive, compression='zstd') as driven,
        RecordingWriter(outputs, compression='zstd') as written,
    ):
        for number in range(frames):
            stamp, turn = 10**18 + number * _PERIOD_NS, number % _DIFFERENT
            for writer, topic, array, encoding in (
                (driven, '/thermal/image_raw', images[turn], 'mono16'),
                (driven, '/ground_truth/thermal/depth', truth[turn], '32FC1'),
                (written, '/thermal/depth/image', predicted[turn], '32FC1'),
            ):
                message = array_to_image(types, array, encoding, stamp, _FRAME)
                writer.write(topic, contract.IMAGE, message, stamp)
            info = pinhole_camera_info(types, _CAMERA, stamp, _FRAME)
            driven.write('/thermal/camera_info', contract.CAMERA_INFO, info, stamp)
    return drive, outputs


def _depths(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return true and predicted depth (512, 640) of a street: ground, boxes, and sky above."""
    rows = np.arange(512)[:, None] - 200.0
    truth = np.where(rows > 0, 700.0 / np.maximum(rows, 1.0), np.inf) * np.ones((1, 640))
    for _ in range(12):
        top, left = random.integers(100, 300), random.integers(0, 560)
        box = truth[top : top + 150, left : left + 80]
        np.minimum(box, random.uniform(4.0, 70.0) + 0.01 * np.arange(box.shape[1]), out=box)
    error = np.exp(0.1 * random.standard_normal((64, 80))).repeat(8, 0).repeat(8, 1)
    return truth.astype(np.float32), (0.5 * truth * error).astype(np.float32)


def _run(folder: Path, frames: int) -> Run:
    drive, outputs = write_inputs(folder / str(frames), frames)
    results = folder / f'results_{frames}'
    options = ['--predictions', str(outputs), '--pictures', '0', '-o', str(results)]
    start = time.monotonic()
    process = Running((COMMAND, 'evaluate', str(drive), *options), folder / f'{frames}.log')
    meter = Meter(process.pid, 0.05)
    try:
        process.wait(_LONGEST_S)
        seconds = time.monotonic() - start
    finally:
        usage = meter.finish()
    return Run(frames, seconds, usage.total_cpu_s, float(usage.memory_mib.max()))
