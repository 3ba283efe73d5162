# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A synthetic drive as a recording."""

import dataclasses
import heapq
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.screen import output_screen, progress
from thermal_depth_ros.simulation import drive_messages, topics
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive, SimulatedFrame

START_NS = 1_700_000_000_000_000_000  # of every drive; seeds do not differ in it


@dataclasses.dataclass(frozen=True)
class Written:
    """Message counts of a recording."""

    frames: dict[str, int]  # camera -> images
    shutter_frames: int
    distance_m: float


@dataclasses.dataclass(frozen=True, order=True)
class _Entry:
    """A message and its time; `order` keeps messages of one time in a fixed order."""

    time_ns: int
    order: int
    topic: str = dataclasses.field(compare=False)
    type: str = dataclasses.field(compare=False)
    message: Any = dataclasses.field(compare=False)


def stamp_ns(time_s: float) -> int:
    """Return the stamp of a time of the drive."""
    return START_NS + round(time_s * 1e9)


def planned_drives(
    config: SimulationConfig, output: Path, count: int | None
) -> list[tuple[Path, SimulationConfig]]:
    """Return the folder and the configuration of every drive.

    Args:
        config: Configuration of the first drive.
        output: Folder of the drive, or of all drives if `count` is given.
        count: Number of drives with consecutive seeds.
    """
    if count is None:
        return [(output, config)]
    last = config.seed + count - 1
    width = max(4, len(str(last)))
    return [
        (output / f'seed_{seed:0{width}}', dataclasses.replace(config, seed=seed))
        for seed in range(config.seed, last + 1)
    ]


def write_drives(
    planned: Sequence[tuple[Path, SimulationConfig]],
    overwrite: bool,
    compression: str,
    stopped: Callable[[], bool],
) -> bool:
    """Write drives one after the other and print their sizes; return whether all are complete.

    Args:
        planned: Folder and configuration of each drive.
        overwrite: Replace existing recordings.
        compression: Chunk compression of the files, see RecordingWriter.
        stopped: Asked before every image.

    Raises:
        BagError: A folder exists already, or cannot be written.
    """
    if not overwrite:
        taken = [str(path) for path, _ in planned if path.exists()]
        if taken:
            raise BagError(f'{", ".join(taken)}: exists already; --force replaces it')
    for path, config in planned:
        path.parent.mkdir(parents=True, exist_ok=True)
        drive = Drive(config)
        with progress(output_screen(), transient=True) as begin:
            written = write_drive(
                drive,
                path,
                overwrite=overwrite,
                compression=compression,
                advance=begin(path.name, len(drive.schedule())),
                stopped=stopped,
            )
        if stopped():
            print(f'interrupted: {path} is valid, but ends early', file=sys.stderr)
            return False
        frames = ', '.join(f'{count} {kind}' for kind, count in written.frames.items())
        print(
            f'{path}: {frames} frames, {written.shutter_frames} of them with closed shutter, '
            f'{written.distance_m:.1f} m driven'
        )
    return True


def write_drive(
    drive: Drive,
    path: Path,
    *,
    overwrite: bool = False,
    compression: str = 'zstd',
    advance: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Written:
    """Write a drive as MCAP.

    Args:
        drive: Drive to write.
        path: Output folder.
        overwrite: Replace an existing recording.
        compression: Chunk compression of the file, see RecordingWriter.
        advance: Called after every camera frame.
        stopped: Returns whether to stop, called before every camera frame; the file stays readable.

    Raises:
        BagError: The folder is taken or cannot be written.
    """
    counts = {camera.kind: 0 for camera in drive.cameras}
    shut = 0
    with RecordingWriter(path, overwrite=overwrite, compression=compression) as writer:
        static = drive_messages.static_transforms_message(drive, START_NS)
        writer.write(topics.TF_STATIC, contract.TF_MESSAGE, static, START_NS, latched=True)

        def frames() -> Iterator[SimulatedFrame]:
            nonlocal shut
            for time_s, kind, index in drive.schedule():
                if stopped():
                    return
                frame = drive.frame(kind, index, time_s)
                yield frame
                counts[kind] += 1
                shut += frame.shutter
                advance()

        for entry in heapq.merge(_camera_entries(drive, frames()), _odometry_entries(drive)):
            if stopped():
                break
            writer.write(entry.topic, entry.type, entry.message, entry.time_ns)
    motion = drive.world.motion
    driven = motion.length(drive.config.duration_s) - motion.length(0.0)
    return Written(counts, shut, driven)


def _camera_entries(drive: Drive, frames: Iterator[SimulatedFrame]) -> Iterator[_Entry]:
    for frame in frames:
        mounted = drive.camera(frame.kind)
        stamp, place = stamp_ns(frame.time_s), mounted.frame_id
        transport = drive.config.rgb_transport if frame.kind == contract.RGB else 'raw'
        type_ = contract.IMAGE if transport == 'raw' else contract.COMPRESSED_IMAGE
        info = drive_messages.info_message(mounted.camera, stamp, place)
        image = drive_messages.image_message(frame, stamp, place, transport)
        depth = drive_messages.depth_message(frame, stamp, place)
        labels = drive_messages.labels_message(frame, stamp, place)
        rank = 10 if frame.kind == contract.THERMAL else 20
        for order, (topic, kind, message) in enumerate(
            [
                (topics.camera_info(frame.kind), contract.CAMERA_INFO, info),
                (topics.image(frame.kind, transport), type_, image),
                (topics.depth(frame.kind), contract.IMAGE, depth),
                (topics.labels(frame.kind), contract.IMAGE, labels),
            ]
        ):
            yield _Entry(stamp, rank + order, topic, kind, message)


def _odometry_entries(drive: Drive) -> Iterator[_Entry]:
    """Yield wheel odometry, and the truth at every stamp of wheels and cameras."""
    track = drive.wheel()
    index_at = {stamp_ns(float(time_s)): index for index, time_s in enumerate(track.times)}
    times = {stamp_ns(time_s): time_s for time_s, _, _ in drive.schedule()}
    times |= {stamp_ns(float(time_s)): float(time_s) for time_s in track.times}
    for stamp in sorted(times):
        truth = drive_messages.true_odometry_message(drive, times[stamp], stamp)
        yield _Entry(stamp, 0, topics.GROUND_TRUTH_ODOMETRY, contract.ODOMETRY, truth)
        if stamp in index_at:
            message = drive_messages.wheel_message(track, index_at[stamp], stamp)
            yield _Entry(stamp, 1, topics.WHEEL_ODOMETRY, contract.ODOMETRY, message)
