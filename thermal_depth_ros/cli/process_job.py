# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The work of `process`: cameras found, pipelines opened, one pass, a report."""

import argparse
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.cli.camera_choice import (
    camera_configs,
    chosen_cameras,
    placement,
    wheel_topic,
)
from thermal_depth_ros.cli.process_view import console, progress, show_result
from thermal_depth_ros.evaluation.truth_topics import frame_of
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.inference.withheld import ODOMETRY
from thermal_depth_ros.offline.processing import CameraProcessor
from thermal_depth_ros.offline.run import OfflineRun, WheelTopic

DROPPED = 1
SUMMARY_FORMAT = 1


def run_job(options: argparse.Namespace, stop: StopRequest) -> int:
    """Process recordings as the command line says; return the exit code.

    Raises:
        BagError: The input cannot be read, or the output not written.
        SettingsError: A setting or the choice of outputs is wrong.
        BundleError: A bundle cannot be loaded.
        KeyboardInterrupt: A signal came before anything was written.
    """
    screen = console()
    configs = camera_configs(options)
    wanted = {kind: wanted_outputs(kind, options.topics) for kind in contract.OUTPUTS}
    if options.topics:
        _check_outputs(options.topics)
    _keep_input(options.bag, options.output)
    with stop.interrupting():  # nothing is written yet, and a file may take long to open
        recording = Recording(options.bag)
    with recording:
        with stop.interrupting():  # nor are messages and models read in a moment
            streams = chosen_cameras(
                recording, options, lambda line: screen.print(line, markup=False)
            )
            transforms = RecordedTransforms(recording, options.tf_topics)
            wheel = wheel_topic(recording, options.wheel, configs)
            pipelines = [_open(stream, configs[stream.kind], wheel) for stream in streams]
            processors = _processors(
                recording, streams, pipelines, configs, wanted, transforms, options.assume_forward
            )
        _announce(screen, pipelines)
        with RecordingWriter(
            options.output, overwrite=options.force, compression=options.compression
        ) as writer:
            run = OfflineRun(
                recording,
                processors,
                writer,
                wheel=wheel,
                copy_input=options.copy_input,
                working=stop.interrupting,
            )
            counts = [recording.topics[stream.image_topic].count for stream in streams]
            with progress(screen, list(zip(processors, counts, strict=True))) as advance:
                try:
                    complete = run.run(transforms, lambda: stop.asked, advance)
                except KeyboardInterrupt:  # within a frame, which is left out
                    complete = False
        for pipeline in pipelines:
            pipeline.close()
        problems = [*recording.problems, *transforms.problems]
        problems += [f'{topic} not copied: {why}' for topic, why in run.not_copied.items()]
        _report(screen, processors, recording.notes, problems, pipelines)
    if options.summary is not None:
        _write_summary(options.summary, processors, problems)
    screen.print(f'{run.written} messages in {options.output}', markup=False)
    if not complete:
        screen.print('interrupted: the file ends where the work stopped', markup=False)
        return INTERRUPTED
    return DROPPED if any(processor.tally.dropped for processor in processors) else 0


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


def wanted_outputs(kind: str, topics: Sequence[str] | None) -> frozenset[str]:
    """Return the keys of contract.OUTPUTS[kind] that a user chose by key or topic."""
    outputs = contract.OUTPUTS[kind]
    if not topics:
        return frozenset(outputs)
    names = {topic.strip('/') for topic in topics}
    return frozenset(
        key for key, output in outputs.items() if key in names or output.topic.strip('/') in names
    )


def _check_outputs(topics: Sequence[str]) -> None:
    known = {
        name
        for outputs in contract.OUTPUTS.values()
        for key, output in outputs.items()
        for name in (key, output.topic.strip('/'))
    }
    unknown = [topic for topic in topics if topic.strip('/') not in known]
    if unknown:
        raise SettingsError(
            f'--topics: no output {", ".join(unknown)}; there are {", ".join(sorted(known))}'
        )


def _open(stream: CameraStream, config: CameraConfig, wheel: WheelTopic | None) -> CameraPipeline:
    return open_pipeline(stream.kind, config, wheel.scale if wheel else None)


def _processors(
    recording: Recording,
    streams: Sequence[CameraStream],
    pipelines: Sequence[CameraPipeline],
    configs: dict[str, CameraConfig],
    wanted: dict[str, frozenset[str]],
    transforms: RecordedTransforms,
    assume_forward: bool,
) -> list[CameraProcessor]:
    made = []
    transform_owners: set[str] = set()
    for stream, pipeline in zip(streams, pipelines, strict=True):
        config, keys = configs[stream.kind], wanted[stream.kind]
        if 'tf' in keys and stream.kind in transform_owners:
            keys -= {'tf'}  # a frame has one parent: the first camera moves the base
        transform_owners.add(stream.kind)
        first = recording.first(stream.info_topic) if stream.info_topic else None
        tree = transforms.of(stream.image_topic)
        place = placement(tree, getattr(config, 'base_frame', ''), assume_forward)
        if keys & ODOMETRY:  # now, so that the output begins with what places the camera
            with contextlib.suppress(FrameError):
                place(frame_of(recording, stream.image_topic))
        made.append(CameraProcessor(stream, pipeline, config, keys, place, first))
    return made


def _announce(screen: Console, pipelines: Sequence[CameraPipeline]) -> None:
    lines = [line for pipeline in pipelines for line in pipeline.description.announcements]
    for line in dict.fromkeys(lines):
        screen.print(f'note: {line}', markup=False)


def _report(
    screen: Console,
    processors: Sequence[CameraProcessor],
    notes: Sequence[str],
    problems: Sequence[str],
    pipelines: Sequence[CameraPipeline],
) -> None:
    show_result(screen, processors)
    for note in notes:
        screen.print(f'note: {note}', markup=False)
    for problem in problems:
        screen.print(f'problem: {problem}', markup=False)
    _announce(screen, pipelines)
