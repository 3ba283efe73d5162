# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark of the simulator."""

import dataclasses
import tempfile
import time
from pathlib import Path

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.simulation.config import LIGHTS, SCENES, SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.drive_writer import write_drive

TARGET_FPS = 5.0


@dataclasses.dataclass(frozen=True)
class Speed:
    """Measured on one drive. A frame is all images of one time: both cameras and their truth."""

    scene: str
    light: str
    set_up_s: float  # drawing the world
    render_fps: float  # frames made, nothing written
    write_fps: float  # frames made and written as MCAP, world already drawn
    mib_per_frame: float  # of the recording


def measure(config: SimulationConfig, frames: int) -> list[Speed]:
    """Measure drives of every scene and light.

    Args:
        config: Sizes, device and first seed; scene, light and length are set here.
        frames: Frames of each drive.
    """
    speeds = []
    for seed, scene in enumerate(SCENES, config.seed):
        for light in LIGHTS:
            one = dataclasses.replace(
                config,
                seed=seed,
                scene=scene,
                light=light,
                duration_s=max(frames / config.thermal_rate_hz, 0.2),
                rgb_rate_hz=config.thermal_rate_hz,
            )
            speeds.append(_measure_one(one, frames))
    return speeds


def show_benchmark(config: SimulationConfig, frames: int) -> None:
    """Measure drives of every scene and light and print the speeds; see measure."""
    size = f'{config.thermal_width}x{config.thermal_height}'
    print(f'thermal {size}, RGB {config.rgb_width}x{config.rgb_height}, device {config.device}')
    print('one frame = thermal + RGB + depth and labels of both')
    print(f'{"world":<16}{"set up s":>9}{"made/s":>9}{"written/s":>11}{"MiB/frame":>11}')
    slowest = float('inf')
    for speed in measure(config, frames):
        name = f'{speed.scene}, {speed.light}'
        print(
            f'{name:<16}{speed.set_up_s:>9.2f}{speed.render_fps:>9.1f}'
            f'{speed.write_fps:>11.1f}{speed.mib_per_frame:>11.2f}'
        )
        slowest = min(slowest, speed.write_fps)
    verdict = 'met' if slowest >= TARGET_FPS else 'missed'
    print(f'slowest {slowest:.1f} frames/s written; target {TARGET_FPS:g}: {verdict}')


def _measure_one(config: SimulationConfig, frames: int) -> Speed:
    begin = time.perf_counter()
    drive = Drive(config)
    drive.frame(THERMAL, 0, 0.0)  # first use of the libraries
    drawn = time.perf_counter()
    for index in range(frames):
        for kind in (THERMAL, RGB):
            drive.frame(kind, index, index / config.thermal_rate_hz)
    rendered = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'drive'
        start = time.perf_counter()
        written = write_drive(drive, path)
        wrote = time.perf_counter()
        size = sum(file.stat().st_size for file in path.iterdir())
    count = written.frames[THERMAL]
    return Speed(
        scene=config.scene,
        light=config.light,
        set_up_s=drawn - begin,
        render_fps=frames / (rendered - drawn),
        write_fps=count / (wrote - start),
        mib_per_frame=size / count / 2**20,
    )
