# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Engines against each other: whole pipelines of the default bundles, measured alternately.

A frame is timed from the received message to the finished messages of its outputs. In every round
each engine processes the same frame, one after the other, so that other work on the machine slows
all of them down; ratios are those of one round.
"""

import contextlib
import dataclasses
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.bench.engine_memory import resident_mb
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bundles.sections import Scale, SeedWeights
from thermal_depth_ros.bundles.spec import RGB_PREPROCESSING, BundleSpec
from thermal_depth_ros.bundles.store import save_bundle
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD
from thermal_depth_ros.inference.device import use_threads
from thermal_depth_ros.inference.engines.agreement import check_images
from thermal_depth_ros.inference.engines.candidates import installed
from thermal_depth_ros.inference.frame_step import FrameStep
from thermal_depth_ros.inference.pipeline import CONFIGS, CameraPipeline, open_pipeline
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image

TORCH, DEFAULT = 'eager PyTorch', 'default engine'
WANTED: Mapping[str, frozenset[str]] = {
    contract.THERMAL: frozenset({'depth', 'points', 'odometry'}),
    contract.RGB: frozenset({'depth', 'points', 'semantic'}),
}
_CAMERAS = {contract.THERMAL: (512, 640), contract.RGB: (480, 640)}  # height, width
_TARGET = 2.5  # of the ratio, on a quiet machine
_TARGET_BUSY, _TARGET_TRANSFORMER = 4.0, 3.0
_WARM_UP, _ROUNDS, _ROUNDS_TRANSFORMER = 3, 25, 8
_PERIOD_NS = 33_000_000
VIT_SMALL = BundleSpec(
    kind=contract.RGB,
    architecture={
        'backbone': 'vit_small_patch14_dinov2.lvd142m',
        'head_channels': 64,
        'head_widths': [48, 96, 192, 384],
    },
    input_size=(252, 322),
    preprocessing=RGB_PREPROCESSING,
    scale=Scale(metric=False, factor=1.0, source='none: random weights'),
    weights=SeedWeights(untrained=True, seed=0),
    licence='Apache-2.0',
)


@dataclasses.dataclass(frozen=True, eq=False)
class Contestant:
    """A pipeline in one engine, with everything around it."""

    name: str
    step: FrameStep
    pipeline: CameraPipeline


def run_engines() -> Iterator[Measurement]:
    """Measure every engine that is installed, for both cameras, on this machine."""
    threads = max(1, len(os.sched_getaffinity(0)) // 2)  # as the nodes do
    for kind in CONFIGS:
        with contestants(kind, settings_of_engines(threads)) as found:
            yield from compared(kind, found, _ROUNDS)
        yield from beside_other_work(kind, threads, _ROUNDS)
        yield from memory(kind, threads)
    yield from both_cameras(threads, _ROUNDS)
    yield from vision_transformer(threads)
    yield from on_gpu()


def settings_of_engines(threads: int) -> dict[str, dict[str, Any]]:
    """Return the settings that are compared, by name; PyTorch comes first."""
    found: dict[str, dict[str, Any]] = {
        TORCH: {'engine': 'torch', 'precision': 'fp32'},
        DEFAULT: {'engine': 'auto', 'precision': 'auto'},
    }
    for engine, name in (('onnxruntime', 'ONNX Runtime'), ('openvino', 'OpenVINO')):
        if installed(engine):
            found[f'{name} fp32'] = {'engine': engine, 'precision': 'fp32'}
    return {name: {'device': 'cpu', 'threads': threads, **values} for name, values in found.items()}


@contextlib.contextmanager
def contestants(
    kind: str, settings: Mapping[str, Mapping[str, Any]], bundle: str = ''
) -> Iterator[list[Contestant]]:
    """Open a pipeline for each of some settings.

    Args:
        kind: Camera.
        settings: Settings of the camera by name of the contestant.
        bundle: Bundle of all of them; '' for the default one.
    """
    with contextlib.ExitStack() as opened:
        found = []
        for name, values in settings.items():
            more: dict[str, Any] = {'bundle': bundle} if bundle else {}
            config: CameraConfig = CONFIGS[kind](**values, **more)
            pipeline = open_pipeline(kind, config)
            opened.callback(pipeline.close)
            topic = f'{kind}/image_raw'
            step = FrameStep(topic, pipeline, config, bag_types(), lambda frame: T_FORWARD)
            found.append(Contestant(name, step, pipeline))
        yield found


def compared(
    kind: str,
    found: Sequence[Contestant],
    rounds: int,
    group: str = '',
    target: float = _TARGET,
) -> Iterator[Measurement]:
    """Time the contestants frame by frame, in turn; the first is what the others are compared to.

    Args:
        kind: Camera.
        found: Contestants, opened with the same bundle.
        rounds: Frames that are timed, after some to warm up.
        group: Of the rows; by default that of the camera.
        target: Of the ratio of PyTorch to the default engine.
    """
    group = group or f'engines, {kind}'
    frames = list(_frames(kind, _WARM_UP + rounds))
    times: dict[str, list[float]] = {one.name: [] for one in found}
    parts: dict[str, dict[str, list[float]]] = {one.name: {} for one in found}
    for number, (image, info) in enumerate(frames):
        for one in found:
            started = time.perf_counter()
            result = one.step.run(image, info, WANTED[kind])
            elapsed_ms = 1e3 * (time.perf_counter() - started)
            if number < _WARM_UP:
                continue
            times[one.name].append(elapsed_ms)
            for part, milliseconds in result.output.timings_ms.items():
                parts[one.name].setdefault(part, []).append(milliseconds)
    baseline = found[0].name
    for one in found:
        ran = one.pipeline.description.engine.summary
        yield _milliseconds(group, f'whole pipeline, {one.name}', times[one.name], ran)
        for part, values in parts[one.name].items():
            yield _milliseconds(group, f'{part}, {one.name}', values)
    for one in found[1:]:
        wanted = target if one.name == DEFAULT else None
        name = f'whole pipeline, {baseline} to {one.name}'
        yield _ratio(group, name, times[baseline], times[one.name], wanted)


def beside_other_work(kind: str, threads: int, rounds: int) -> Iterator[Measurement]:
    """Compare while another process keeps one processor busy.

    PyTorch has as many threads as there are processors, which it takes where nobody asks for
    less: threads that wait for each other are what other work slows down most.
    """
    settings = settings_of_engines(threads)
    processors = sorted(os.sched_getaffinity(0))
    group = f'engines, {kind}, one processor busy'
    pair = {name: settings[name] for name in (TORCH, DEFAULT)}
    with contestants(kind, pair) as found, busy(processors[0]), all_threads(threads):
        for row in compared(kind, found, rounds, group, _TARGET_BUSY):
            said = f'PyTorch with {len(processors)} threads'
            yield dataclasses.replace(row, detail=f'{row.detail}; {said}')


@contextlib.contextmanager
def all_threads(threads: int) -> Iterator[None]:
    """Let PyTorch take all processors for a while; then a number of threads again."""
    use_threads(len(os.sched_getaffinity(0)))
    try:
        yield
    finally:
        use_threads(threads)


@contextlib.contextmanager
def busy(processor: int) -> Iterator[None]:
    """Keep a processor busy with another process."""
    process = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
    try:
        os.sched_setaffinity(process.pid, {processor})
        yield
    finally:
        process.kill()
        process.wait()


def vision_transformer(threads: int) -> Iterator[Measurement]:
    """Compare on a larger network, as it is imported from Depth Anything V2; weights are random."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / 'vit_small'
        save_bundle(bundle, VIT_SMALL)
        with contestants(contract.RGB, settings_of_engines(threads), str(bundle)) as found:
            group = 'engines, ViT-S/14 and DPT at 252x322'
            yield from compared(
                contract.RGB, found, _ROUNDS_TRANSFORMER, group, _TARGET_TRANSFORMER
            )


def memory(kind: str, threads: int) -> Iterator[Measurement]:
    """Measure the resident memory of a process that runs one pipeline in each engine."""
    for name, values in settings_of_engines(threads).items():
        megabytes, problem = resident_mb(kind, values)
        yield Measurement(
            f'engines, {kind}', f'resident memory, {name}', megabytes, 'MB', detail=problem
        )


def both_cameras(threads: int, rounds: int) -> Iterator[Measurement]:
    """Time both cameras at once, each in a thread as in the composed vehicle."""
    settings = settings_of_engines(threads)
    times: dict[str, list[float]] = {}
    with contextlib.ExitStack() as opened:
        teams = {
            name: [
                opened.enter_context(contestants(kind, {name: settings[name]}))[0]
                for kind in CONFIGS
            ]
            for name in (TORCH, DEFAULT)
        }
        streams = [_frames(kind, _WARM_UP + rounds) for kind in CONFIGS]
        for number, pair in enumerate(zip(*streams, strict=True)):
            for name, team in teams.items():
                elapsed_ms = _together(team, pair)
                if number >= _WARM_UP:
                    times.setdefault(name, []).append(elapsed_ms)
    group = 'engines, both cameras'
    for name, values in times.items():
        yield _milliseconds(group, f'until both are done, {name}', values)
    yield _ratio(group, f'until both are done, {TORCH} to {DEFAULT}', times[TORCH], times[DEFAULT])


def on_gpu() -> Iterator[Measurement]:
    """Compare on a GPU where there is one; a figure without a value says unmeasured."""
    import torch

    for kind in CONFIGS:
        group = f'engines on a GPU, {kind}'
        if not torch.cuda.is_available():
            name = f'whole pipeline, {TORCH} to {DEFAULT}'
            yield Measurement(group, name, math.nan, '', detail='no CUDA device')
            continue
        settings = {
            TORCH: {'device': 'cuda', 'engine': 'torch', 'precision': 'fp32'},
            DEFAULT: {'device': 'cuda', 'engine': 'auto', 'precision': 'auto'},
        }
        with contestants(kind, settings) as found:
            for one in compared(kind, found, _ROUNDS):
                yield dataclasses.replace(one, group=group, target=None)


def _together(team: Iterable[Contestant], frames: Iterable[tuple[Any, Any]]) -> float:
    """Return the milliseconds until all of a team have processed their frame."""
    threads = [
        threading.Thread(target=one.step.run, args=(*frame, WANTED[kind]))
        for one, frame, kind in zip(team, frames, CONFIGS, strict=True)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 1e3 * (time.perf_counter() - started)


def _frames(kind: str, count: int) -> Iterator[tuple[Any, Any]]:
    """Yield messages of a camera that moves, and its camera_info."""
    height, width = _CAMERAS[kind]
    camera = PinholeCamera(width, height, 0.8 * width, 0.8 * width, width / 2, height / 2)
    views = check_images(1 if kind == contract.THERMAL else 3, (height, width))
    types = bag_types()
    for number in range(count):
        view = views[number % 2]
        if kind == contract.THERMAL:
            pixels: np.ndarray = (20_000 + 4_000 * view[..., 0]).astype(np.uint16)
        else:
            pixels = (255 * view).astype(np.uint8)
        encoding = 'mono16' if kind == contract.THERMAL else 'rgb8'
        stamp_ns = (number + 1) * _PERIOD_NS
        frame = f'{kind}_optical_frame'
        image = array_to_image(types, pixels, encoding, stamp_ns, frame)
        yield image, pinhole_camera_info(types, camera, stamp_ns, frame)


def _milliseconds(group: str, name: str, values: Sequence[float], ran: str = '') -> Measurement:
    detail = f'median of {len(values)}; least {min(values):.2f} ms' + (f'; {ran}' if ran else '')
    return Measurement(group, name, statistics.median(values), 'ms', detail=detail)


def _ratio(
    group: str,
    name: str,
    slow: Sequence[float],
    fast: Sequence[float],
    target: float | None = None,
) -> Measurement:
    """Return the median of the ratios of each round, and the ratio of the least times."""
    ratios = [a / b for a, b in zip(slow, fast, strict=True)]
    detail = f'median of {len(ratios)} rounds; of the least times {min(slow) / min(fast):.2f}'
    value = statistics.median(ratios)
    return Measurement(group, name, value, '', target=target, at_least=True, detail=detail)
