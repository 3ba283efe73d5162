# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluates recordings one by one: cameras and ground truth found, pipelines run, scores taken."""

import functools
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.trajectory_files import is_trajectory_file, read_trajectory
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.screen import Begin
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.evaluation.camera_choice import camera_with_poses, cameras_with_truth
from thermal_depth_ros.evaluation.comparison import CameraComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.job import EvaluationJob, RecordingResult
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.offline_evaluation import (
    Pipelines,
    SelectedFrames,
    evaluate_pipelines,
    evaluate_recorded,
)
from thermal_depth_ros.evaluation.open_comparison import (
    drive_comparison,
    open_comparison,
)
from thermal_depth_ros.evaluation.recorded_run import names_by_id
from thermal_depth_ros.evaluation.trajectories import KIND, follow_files, follow_recording
from thermal_depth_ros.evaluation.truth.camera import open_truth
from thermal_depth_ros.evaluation.truth.labels import image_stamps_ns
from thermal_depth_ros.evaluation.truth.topics import TruthTopics
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.messages.labels import label_names
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.offline.cameras import (
    camera_pose,
    wheel_odometry,
)
from thermal_depth_ros.offline.processing import MOUNT, Tally
from thermal_depth_ros.offline.run import WheelTopic


class RecordingEvaluator:
    """Evaluates recordings one after the other with the same pipelines."""

    def __init__(
        self,
        job: EvaluationJob,
        pipelines: Pipelines,
        galleries: Mapping[str, Gallery],
        notify: Callable[[str], None],
    ) -> None:
        """Set what all recordings share; `notify` is called with messages for the user."""
        self._job, self._pipelines = job, pipelines
        self._galleries, self._notify = galleries, notify

    def evaluate(
        self, path: Path, predictions: Path | None, stopped: Callable[[], bool], progress: Begin
    ) -> list[RecordingResult]:
        """Evaluate every camera of a recording with ground truth.

        Args:
            path: The recording.
            predictions: Recording of outputs, None to run pipelines.
            stopped: Asked before every message.
            progress: Given a name and a number of steps, returns what to call after each.

        Raises:
            BagError: A recording cannot be read, or a topic is missing.
            EvaluationError: No truth, or truth that does not fit.
            KeyboardInterrupt: Stopped on request.
        """
        if is_trajectory_file(path):
            return [self._follow_file(path, predictions)]
        with Recording(path) as recording:
            transforms = RecordedTransforms(recording, self._job.cameras.tf_topics)
            if predictions is not None and is_trajectory_file(predictions):
                return [self._follow(recording, predictions, transforms)]
            targets = cameras_with_truth(recording, self._job, transforms)
            if predictions is None:
                results = self._run(recording, targets, transforms, stopped, progress)
            else:
                with Recording(predictions) as outputs:
                    results = self._read(recording, outputs, targets, transforms, stopped, progress)
            for note in recording.notes:
                self._notify(note)
            for problem in (*recording.problems, *transforms.problems):
                self._notify(f'{path.name}: {problem}')
        return results

    def _follow_file(self, path: Path, predictions: Path | None) -> RecordingResult:
        """Compare a trajectory file with another one."""
        if predictions is None or not is_trajectory_file(predictions):
            raise EvaluationError(
                f'{path}: a trajectory file is compared with another one: --predictions FILE'
            )
        scores = follow_files(path, predictions, self._job.frames, self._job.options[KIND])
        truth = {'motion': str(path)}
        return RecordingResult(str(path), KIND, KIND, scores, Counter(), Counter(), truth)

    def _follow(
        self, recording: Recording, predictions: Path, transforms: RecordedTransforms
    ) -> RecordingResult:
        """Compare a trajectory file with the true poses of a recording."""
        job = self._job
        stream, source = camera_with_poses(recording, job, transforms)
        options, tree = job.options[stream.kind], transforms.of(stream.image_topic)
        truth = open_truth(
            recording, stream, TruthTopics(odometry=source), None, None, tree, options.match
        )
        if truth.poses is None:
            raise EvaluationError(f'{recording.paths[0]}: {"; ".join(truth.unusable)}')
        frame = job.trajectory_frame or recording.frame_of(stream.image_topic)
        drive = drive_comparison(recording, truth.poses, frame, tree, options)
        scores = CameraAccumulator(stream.kind, PROTOCOLS[options.protocol], ())
        estimate = read_trajectory(predictions)
        stamps = list(image_stamps_ns(recording, stream.image_topic))
        follow_recording(estimate, stamps, drive, truth.poses, job.frames, scores)
        return RecordingResult(
            str(recording.paths[0]),
            stream.image_topic,
            stream.kind,
            scores,
            Counter(),
            Counter(),
            {'motion': source},
        )

    def _run(
        self,
        recording: Recording,
        targets: Sequence[tuple[CameraStream, TruthTopics]],
        transforms: RecordedTransforms,
        stopped: Callable[[], bool],
        progress: Begin,
    ) -> list[RecordingResult]:
        wheel = self._wheel(recording)
        processors, total = [], 0
        for slot, (stream, topics) in enumerate(targets):
            pipeline = self._pipelines.get(stream.kind, slot, wheel)
            labels = pipeline.description.labels
            names = labels.names if labels is not None else ()
            comparison = self._open(recording, stream, topics, transforms, names)
            processors.append(self._processor(recording, comparison, pipeline, transforms, wheel))
            total += recording.topics[stream.image_topic].count
        advance = progress(str(recording.paths[0]), total)
        if not evaluate_pipelines(recording, processors, wheel, stopped, lambda topic: advance()):
            raise KeyboardInterrupt
        results = []
        for processor in processors:
            comparison = processor.comparison
            comparison.scores.without_truth['any'] += processor.passed_over
            if not processor.tally.frames_in and not processor.passed_over:
                raise EvaluationError(
                    f'{recording.paths[0]}: --frames leaves none of '
                    f'{recording.topics[comparison.stream.image_topic].count} frames of '
                    f'{comparison.stream.image_topic}'
                )
            self._report_tally(processor)
            comparison.scores.loss_kinds.update(processor.tally.odometry_lost)
            results.append(self._result(recording, comparison, processor.tally))
        return results

    def _processor(
        self,
        recording: Recording,
        comparison: CameraComparison,
        pipeline: CameraPipeline,
        transforms: RecordedTransforms,
        wheel: WheelTopic | None,
    ) -> SelectedFrames:
        stream = comparison.stream
        options = self._job.cameras
        count = recording.topics[stream.image_topic].count
        # Motion and scale need all frames.
        every = wheel is not None or 'odometry' in comparison.wanted
        needed = comparison.truth.about if comparison.only is None else comparison.only.__contains__
        return SelectedFrames(
            stream,
            pipeline,
            options.configs[stream.kind],
            comparison,
            functools.partial(
                camera_pose,
                transforms.of(stream.image_topic),
                options.base_frame(stream.kind),
                assume_forward=True,
            ),
            recording.first(stream.info_topic) if stream.info_topic else None,
            selected=range(*self._job.frames.indices(count)),
            needed=(lambda stamp_ns: True) if every else needed,
        )

    def _read(
        self,
        recording: Recording,
        outputs: Recording,
        targets: Sequence[tuple[CameraStream, TruthTopics]],
        transforms: RecordedTransforms,
        stopped: Callable[[], bool],
        progress: Begin,
    ) -> list[RecordingResult]:
        names = _recorded_names(outputs)
        comparisons = [self._open(recording, *pair, transforms, names) for pair in targets]
        selected: dict[CameraComparison, Collection[int] | None] = {}
        for comparison in comparisons:
            selected[comparison] = comparison.only
            if comparison.only is None and self._job.frames != slice(None):
                stamps = list(image_stamps_ns(recording, comparison.stream.image_topic))
                selected[comparison] = frozenset(stamps[self._job.frames])
        total = sum(info.count for info in outputs.topics.values())
        advance = progress(str(outputs.paths[0]), total)
        if not evaluate_recorded(outputs, selected, stopped, advance):
            raise KeyboardInterrupt
        for note in outputs.notes:
            self._notify(note)
        for problem in outputs.problems:
            self._notify(f'{outputs.paths[0].name}: {problem}')
        return [self._result(recording, comparison, Tally()) for comparison in comparisons]

    def _open(
        self,
        recording: Recording,
        stream: CameraStream,
        topics: TruthTopics,
        transforms: RecordedTransforms,
        names: tuple[str, ...],
    ) -> CameraComparison:
        tree, kind = transforms.of(stream.image_topic), stream.kind
        gallery, options = self._galleries[kind], self._job.options[kind]
        comparison = open_comparison(
            recording, stream, topics, tree, names, options, gallery, self._notify
        )
        if self._job.stamps is not None:
            comparison.only = self._job.stamps.get(stream.image_topic, ())
        return comparison

    def _wheel(self, recording: Recording) -> WheelTopic | None:
        cameras = self._job.cameras
        configs = {kind: cameras.configs[kind] for kind in self._job.kinds}
        return wheel_odometry(recording, cameras.wheel_topic, configs, self._pipelines.wheel)

    def _report_tally(self, processor: SelectedFrames) -> None:
        comparison = processor.comparison
        name, tally = comparison.stream.image_topic, processor.tally
        if processor.passed_over:
            self._notify(
                f'{name}: {processor.passed_over} frames without ground truth were skipped'
            )
        for what, counts in (('dropped', tally.dropped), ('without', tally.withheld)):
            for reason, count in counts.items():
                self._notify(f'{name}: {count} frames {what} {reason}')
        for kind, warning in tally.warnings.items():
            # That of the mounting is part of the messages about the ground truth.
            if kind != MOUNT or 'odometry' not in comparison.wanted:
                self._notify(f'{name}: warning: {warning}')
        for kind, count in tally.odometry_lost.items():
            self._notify(f'{name}: odometry lost at {count} frames: {kind}')
        for note in tally.notes.values():
            self._notify(f'{name}: first: {note}')

    def _result(
        self, recording: Recording, comparison: CameraComparison, tally: Tally
    ) -> RecordingResult:
        comparison.finish()
        stream = comparison.stream
        for problem in comparison.problems():
            self._notify(problem)
        truth = {}
        for name, source in (
            ('depth', comparison.truth.depth),
            ('classes', comparison.truth.labels),
        ):
            if source is not None:
                truth[name] = source.name
        if 'odometry' in comparison.wanted:
            truth['motion'] = comparison.topics.odometry
        return RecordingResult(
            recording=str(recording.paths[0]),
            topic=stream.image_topic,
            kind=stream.kind,
            scores=comparison.scores,
            dropped=tally.dropped,
            odometry_lost=tally.odometry_lost,
            truth=truth,
            depth_remark=comparison.truth.depth_remark,
        )


def _recorded_names(outputs: Recording) -> tuple[str, ...]:
    """Return the class names that go with recorded masks."""
    topics = [t for t, i in outputs.topics.items() if i.type == contract.LABEL_INFO]
    record = outputs.first(topics[0]) if topics else None
    if record is None:
        return CITYSCAPES_19.names
    return names_by_id(label_names(record.message))
