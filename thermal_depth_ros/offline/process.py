# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Processes recordings: cameras found, pipelines opened, outputs written, frames counted."""

import contextlib
import dataclasses
import errno
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.screen import output_screen, progress, table
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.frames.plan import ODOMETRY
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.offline.cameras import (
    CameraOptions,
    camera_pose,
    chosen_cameras,
    wheel_odometry,
)
from thermal_depth_ros.offline.processing import CameraProcessor
from thermal_depth_ros.offline.run import OfflineRun

DROPPED = 1  # exit code
SUMMARY_FORMAT = 1


@dataclasses.dataclass(frozen=True)
class ProcessJob:
    """What to process and where to write it.

    Attributes:
        bags: The recording, in one or more files.
        output: Folder of the new recording.
        cameras: Cameras and their settings.
        topics: Outputs to write, by key or topic; None for all.
        force: Whether to replace an existing recording.
        compression: Compression of the output.
        copy_input: Whether to copy the input messages.
        summary: JSON file for the counts of frames.
    """

    bags: Sequence[Path]
    output: Path
    cameras: CameraOptions
    topics: Sequence[str] | None
    force: bool
    compression: str
    copy_input: bool
    summary: Path | None


def process_recording(job: ProcessJob, stop: StopRequest) -> int:
    """Process a recording and print the result; return the exit code.

    Raises:
        BagError: The input cannot be read, or the output not written.
        SettingsError: A setting or the choice of outputs is wrong.
        BundleError: A bundle cannot be loaded.
        OSError: The summary cannot be written.
        KeyboardInterrupt: A signal came before anything was written.
    """
    screen = output_screen()
    wanted = wanted_outputs(job.topics)
    _keep_input(job.bags, job.output)
    if job.summary is not None and not job.summary.absolute().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, 'cannot be written: no such folder', str(job.summary))
    with stop.interrupting():  # nothing is written yet, and a file may take long to open
        recording = Recording(job.bags)
    with recording:
        with stop.interrupting():  # nor are messages and models read in a moment
            streams = chosen_cameras(recording, job.cameras, screen.print)
            transforms = RecordedTransforms(recording, job.cameras.tf_topics)
            configs = job.cameras.configs
            wheel = wheel_odometry(recording, job.cameras.wheel_topic, configs, WheelScale())
            pipelines = [
                open_pipeline(stream.kind, configs[stream.kind], wheel.scale if wheel else None)
                for stream in streams
            ]
            processors = _processors(recording, job.cameras, streams, pipelines, wanted, transforms)
        _announce(screen, pipelines)
        with (
            RecordingWriter(job.output, overwrite=job.force, compression=job.compression) as writer,
            progress(screen) as begin,
        ):
            run = OfflineRun(
                recording,
                processors,
                writer,
                wheel=wheel,
                copy_input=job.copy_input,
                frame_guard=stop.interrupting,
            )
            bars = {
                stream.image_topic: begin(
                    stream.image_topic, recording.topics[stream.image_topic].count
                )
                for stream in streams
            }
            try:
                complete = run.run(transforms, lambda: stop.asked, lambda topic: bars[topic]())
            except KeyboardInterrupt:  # within a frame, which is left out
                complete = False
        for pipeline in pipelines:
            pipeline.close()
        problems = [*recording.problems, *transforms.problems]
        problems += [f'{topic} not copied: {why}' for topic, why in run.not_copied.items()]
        _show(screen, processors, recording.notes, problems)
        _announce(screen, pipelines)
    if job.summary is not None:
        _write_summary(job.summary, processors, problems)
    screen.print(f'{run.written} messages in {job.output}')
    if not complete:
        screen.print('interrupted: the file ends where the work stopped')
        return INTERRUPTED
    return DROPPED if any(processor.tally.dropped for processor in processors) else 0


def wanted_outputs(topics: Sequence[str] | None) -> dict[str, frozenset[str]]:
    """Return the chosen keys of contract.OUTPUTS by camera kind.

    Args:
        topics: Outputs by key or topic; None for all.

    Raises:
        SettingsError: There is no such output.
    """
    if not topics:
        return {kind: frozenset(outputs) for kind, outputs in contract.OUTPUTS.items()}
    names = {
        kind: {key: {key, output.topic.strip('/')} for key, output in outputs.items()}
        for kind, outputs in contract.OUTPUTS.items()
    }
    known = {name for keys in names.values() for both in keys.values() for name in both}
    unknown = [topic for topic in topics if topic.strip('/') not in known]
    if unknown:
        raise SettingsError(
            f'--topics: no output {", ".join(unknown)}; there are {", ".join(sorted(known))}'
        )
    given = {topic.strip('/') for topic in topics}
    return {
        kind: frozenset(key for key, both in keys.items() if both & given)
        for kind, keys in names.items()
    }


def _write_summary(
    path: Path, processors: Sequence[CameraProcessor], problems: Sequence[str]
) -> None:
    cameras = {
        processor.stream.image_topic: {'kind': processor.stream.kind, **processor.tally.figures()}
        for processor in processors
    }
    content = {'format': SUMMARY_FORMAT, 'cameras': cameras, 'problems': list(problems)}
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + '\n')


def _keep_input(bags: Sequence[Path], output: Path) -> None:
    """Refuse an output that would replace what it is made from."""
    target = output.resolve()
    for bag in bags:
        source = bag.resolve()
        if target == source or target in source.parents:
            raise BagError(f'{output}: {bag} is read from there')


def _processors(
    recording: Recording,
    options: CameraOptions,
    streams: Sequence[CameraStream],
    pipelines: Sequence[CameraPipeline],
    wanted: Mapping[str, frozenset[str]],
    transforms: RecordedTransforms,
) -> list[CameraProcessor]:
    made = []
    transform_owners: set[str] = set()
    for stream, pipeline in zip(streams, pipelines, strict=True):
        keys = wanted[stream.kind]
        if 'tf' in keys and stream.kind in transform_owners:
            keys -= {'tf'}  # a frame has one parent: the first camera moves the base
        transform_owners.add(stream.kind)
        first = recording.first(stream.info_topic) if stream.info_topic else None
        tree = transforms.of(stream.image_topic)
        place = functools.partial(
            camera_pose,
            tree,
            options.base_frame(stream.kind),
            assume_forward=options.assume_forward,
        )
        if keys & ODOMETRY:  # now, so that the output begins with what places the camera
            with contextlib.suppress(FrameError):
                place(recording.frame_of(stream.image_topic))
        config = options.configs[stream.kind]
        made.append(CameraProcessor(stream, pipeline, config, keys, place, first))
    return made


def _announce(screen: Console, pipelines: Sequence[CameraPipeline]) -> None:
    lines = [line for pipeline in pipelines for line in pipeline.description.announcements]
    for line in dict.fromkeys(lines):
        screen.print(f'note: {line}')


def _show(
    screen: Console,
    processors: Sequence[CameraProcessor],
    notes: Sequence[str],
    problems: Sequence[str],
) -> None:
    """Show the table of frames, and what was dropped or could not be computed."""
    columns = ('camera', 'kind', 'in', 'out', 'dropped', 'odometry lost', 'ms/frame')
    rows = []
    for processor in processors:
        stream, tally = processor.stream, processor.tally
        dropped, lost = sum(tally.dropped.values()), sum(tally.odometry_lost.values())
        counts = map(str, (tally.frames_in, tally.frames_out, dropped, lost))
        rows.append((stream.image_topic, stream.kind, *counts, f'{tally.ms_per_frame:.1f}'))
    screen.print(table('frames', columns, rows, left=(0, 1)))
    for processor in processors:
        for line in _remarks(processor):
            screen.print(f'{processor.stream.image_topic}: {line}')
    for note in notes:
        screen.print(f'note: {note}')
    for problem in problems:
        screen.print(f'problem: {problem}')


def _remarks(processor: CameraProcessor) -> Iterator[str]:
    for reason, count in processor.tally.dropped.items():
        yield f'{count} frames dropped: {reason}'
    for (count, reason), outputs in _outputs_by_reason(processor.tally.withheld).items():
        yield f'{count} frames without {", ".join(outputs)}: {reason}'
    for kind, count in processor.tally.odometry_lost.items():
        yield f'odometry lost at {count} frames: {kind}'
    for warning in processor.tally.warnings.values():
        yield f'warning: {warning}'
    for note in processor.tally.notes.values():
        yield f'first: {note}'


def _outputs_by_reason(withheld: Mapping[str, int]) -> dict[tuple[int, str], list[str]]:
    """Group outputs that are missing in equally many frames for the same reason."""
    grouped: dict[tuple[int, str], list[str]] = {}
    for text, count in withheld.items():
        output, _, reason = text.partition(': ')
        grouped.setdefault((count, reason), []).append(output)
    return grouped
