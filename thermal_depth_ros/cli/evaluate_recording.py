# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One recording of an evaluation: cameras and truth found, pipelines run, scores taken."""

import argparse
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.cli.camera_choice import wheel_topic
from thermal_depth_ros.cli.evaluate_cameras import cameras_with_truth
from thermal_depth_ros.cli.evaluate_choice import Choice
from thermal_depth_ros.cli.evaluate_pipelines import Pipelines
from thermal_depth_ros.evaluation.comparison import CameraComparison, Gallery
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluated_camera import (
    EvaluatedCamera,
    open_camera,
    placement_or_forward,
)
from thermal_depth_ros.evaluation.label_files import image_stamps_ns
from thermal_depth_ros.evaluation.offline_evaluation import (
    PickedFrames,
    evaluate_pipelines,
    evaluate_recorded,
)
from thermal_depth_ros.evaluation.truth_topics import TruthTopics
from thermal_depth_ros.geometry.frames import Frames
from thermal_depth_ros.messages.labels import label_names
from thermal_depth_ros.metrics.scores import CameraScores
from thermal_depth_ros.offline.processing import MOUNT, Tally
from thermal_depth_ros.offline.run import WheelTopic

Progress = Callable[[str, int], Callable[[], None]]


@dataclasses.dataclass(frozen=True, eq=False)
class RecordingResult:
    """Result of one camera of one recording."""

    recording: str
    topic: str
    kind: str
    scores: CameraScores
    dropped: Counter[str]
    odometry_lost: Counter[str]  # frames, by kind of loss; unknown of recorded predictions
    truth: dict[str, str]  # what is compared -> topic or folder


class RecordingEvaluator:
    """Evaluates recordings one after the other with the same pipelines."""

    def __init__(
        self,
        options: argparse.Namespace,
        choice: Choice,
        pipelines: Pipelines,
        galleries: Mapping[str, Gallery],
        tell: Callable[[str], None],
    ) -> None:
        """Set what all recordings share; `tell` is called with messages for the user."""
        self._options, self._choice, self._pipelines = options, choice, pipelines
        self._galleries, self._tell = galleries, tell

    def evaluate(
        self, path: Path, predictions: Path | None, stopped: Callable[[], bool], progress: Progress
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
        with Recording(path) as recording:
            transforms = RecordedTransforms(recording, self._options.tf_topics)
            found = cameras_with_truth(recording, self._options, self._choice, transforms)
            if predictions is None:
                results = self._run(recording, found, transforms, stopped, progress)
            else:
                with Recording(predictions) as outputs:
                    results = self._read(recording, outputs, found, transforms, stopped, progress)
            for note in recording.notes:
                self._tell(note)
            for problem in (*recording.problems, *transforms.problems):
                self._tell(f'{path.name}: {problem}')
        return results

    def _run(
        self,
        recording: Recording,
        found: Sequence[tuple[CameraStream, TruthTopics]],
        transforms: RecordedTransforms,
        stopped: Callable[[], bool],
        progress: Progress,
    ) -> list[RecordingResult]:
        wheel = self._wheel(recording)
        cameras, processors, total = [], [], 0
        for slot, (stream, topics) in enumerate(found):
            pipeline = self._pipelines.get(stream.kind, slot, wheel)
            labels = pipeline.description.labels
            names = labels.names if labels is not None else ()
            tree = transforms.of(stream.image_topic)
            camera = self._open(recording, (stream, topics), tree, names)
            place = placement_or_forward(tree, self._base_frame(stream.kind))
            first = recording.first(stream.info_topic) if stream.info_topic else None
            count = recording.topics[stream.image_topic].count
            config = self._choice.configs[stream.kind]
            processor = PickedFrames(
                *(stream, pipeline, config, camera.comparison.wanted, place, first),
                picked=range(*self._choice.frames.indices(count)),
                needed=self._needed(camera, wheel),
                saw=camera.comparison.expect_view,
            )
            total += count
            cameras.append(camera)
            processors.append(processor)
        comparisons = [camera.comparison for camera in cameras]
        advance = progress(str(recording.paths[0]), total)
        pairs = list(zip(processors, comparisons, strict=True))
        if not evaluate_pipelines(recording, pairs, wheel, stopped, advance):
            raise KeyboardInterrupt
        results = []
        for camera, processor in zip(cameras, processors, strict=True):
            camera.comparison.scores.without_truth['any'] += processor.passed_over
            if not processor.tally.frames_in and not processor.passed_over:
                raise EvaluationError(
                    f'{recording.paths[0]}: --frames leaves none of '
                    f'{recording.topics[camera.stream.image_topic].count} frames of '
                    f'{camera.stream.image_topic}'
                )
            self._tell_tally(camera, processor)
            camera.comparison.scores.loss_kinds.update(processor.tally.odometry_lost)
            results.append(self._result(recording, camera, processor.tally))
        return results

    def _read(
        self,
        recording: Recording,
        outputs: Recording,
        found: Sequence[tuple[CameraStream, TruthTopics]],
        transforms: RecordedTransforms,
        stopped: Callable[[], bool],
        progress: Progress,
    ) -> list[RecordingResult]:
        names = self._recorded_names(outputs)
        cameras = [
            self._open(recording, pair, transforms.of(pair[0].image_topic), names) for pair in found
        ]
        picked: dict[CameraComparison, frozenset[int] | None] = {}
        for camera in cameras:
            picked[camera.comparison] = None
            if self._choice.frames != slice(None):
                stamps = list(image_stamps_ns(recording, camera.stream.image_topic))
                picked[camera.comparison] = frozenset(stamps[self._choice.frames])
        comparisons = [camera.comparison for camera in cameras]
        total = sum(info.count for info in outputs.topics.values())
        advance = progress(str(outputs.paths[0]), total)
        if not evaluate_recorded(outputs, comparisons, picked, stopped, advance):
            raise KeyboardInterrupt
        for note in outputs.notes:
            self._tell(note)
        for problem in outputs.problems:
            self._tell(f'{outputs.paths[0].name}: {problem}')
        return [self._result(recording, camera, Tally()) for camera in cameras]

    def _recorded_names(self, outputs: Recording) -> tuple[str, ...]:
        """Return the class names that go with recorded masks."""
        topics = [t for t, i in outputs.topics.items() if i.type == contract.LABEL_INFO]
        record = outputs.first(topics[0]) if topics else None
        if record is None:
            return CITYSCAPES_19.names
        named = label_names(record.message)
        return tuple(named.get(i, f'class {i}') for i in range(max(named, default=-1) + 1))

    def _open(
        self,
        recording: Recording,
        found: tuple[CameraStream, TruthTopics],
        tree: Frames,
        names: tuple[str, ...],
    ) -> EvaluatedCamera:
        gallery, options = self._galleries[found[0].kind], self._choice.options[found[0].kind]
        return open_camera(recording, *found, tree, names, options, gallery, self._tell)

    def _needed(self, camera: EvaluatedCamera, wheel: WheelTopic | None) -> Callable[[int], bool]:
        """Return the predicate of frames to run; motion and scale need all of them."""
        if wheel is not None or 'odometry' in camera.comparison.wanted:
            return lambda stamp_ns: True
        return camera.truth.about

    def _wheel(self, recording: Recording) -> WheelTopic | None:
        configs = {kind: self._choice.configs[kind] for kind in self._choice.kinds}
        topic = wheel_topic(recording, self._choice.wheel, configs)
        return None if topic is None else WheelTopic(topic.topic, self._pipelines.wheel)

    def _base_frame(self, kind: str) -> str:
        return getattr(self._choice.configs[kind], 'base_frame', '')

    def _tell_tally(self, camera: EvaluatedCamera, processor: PickedFrames) -> None:
        name, tally = camera.stream.image_topic, processor.tally
        if processor.passed_over:
            self._tell(f'{name}: {processor.passed_over} frames without a truth were not run')
        for what, counts in (('dropped', tally.dropped), ('without', tally.withheld)):
            for reason, count in counts.items():
                self._tell(f'{name}: {count} frames {what} {reason}')
        for kind, warning in tally.warnings.items():
            if kind != MOUNT or 'odometry' not in camera.comparison.wanted:  # said beside the truth
                self._tell(f'{name}: warning: {warning}')
        for kind, count in tally.odometry_lost.items():
            self._tell(f'{name}: odometry lost at {count} frames: {kind}')
        for note in tally.notes.values():
            self._tell(f'{name}: first: {note}')

    def _result(
        self, recording: Recording, camera: EvaluatedCamera, tally: Tally
    ) -> RecordingResult:
        camera.comparison.finish()
        for problem in camera.comparison.problems():
            self._tell(problem)
        truth = {}
        for name, source in (('depth', camera.truth.depth), ('classes', camera.truth.labels)):
            if source is not None:
                truth[name] = source.name
        if 'odometry' in camera.comparison.wanted:
            truth['motion'] = camera.topics.odometry
        stream = camera.stream
        path = str(recording.paths[0])
        scores = camera.comparison.scores
        return RecordingResult(
            path, stream.image_topic, stream.kind, scores, tally.dropped, tally.odometry_lost, truth
        )
