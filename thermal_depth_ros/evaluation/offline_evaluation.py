# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of predictions: pipelines run on a recording, or recorded outputs."""

from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.storage import Buffer
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.comparison import CameraComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.recorded_run import match_topic
from thermal_depth_ros.evaluation.truth_topics import listing
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.offline.processing import CameraProcessor, Produced, output_topic
from thermal_depth_ros.offline.run import OfflineRun, WheelTopic


class PickedFrames(CameraProcessor):
    """Runs only those frames of a camera that are selected and have ground truth."""

    def __init__(
        self,
        *parts: Any,
        picked: Container[int],
        needed: Callable[[int], bool],
        saw: Callable[[tuple[int, int]], None],
        **more: Any,
    ) -> None:
        """Set up the processor and the selection of frames.

        Args:
            parts: Arguments of CameraProcessor.
            picked: Indices of the frames to run.
            needed: Returns whether there is ground truth at the stamp of a frame.
            saw: Called with height and width of every frame that is run.
            more: Keyword arguments of CameraProcessor.
        """
        super().__init__(*parts, **more)
        self._picked, self._needed, self._saw = picked, needed, saw
        self._number = -1
        self.passed_over = 0  # selected frames without ground truth

    def handle(self, record: Record) -> list[Produced]:
        """Return the outputs of one recorded image; none if it is not run."""
        self._number += 1
        if self._number not in self._picked:
            return []
        try:
            stamp_ns = record.stamp_ns
        except BagError:
            return super().handle(record)  # which counts it
        if not self._needed(stamp_ns):
            self.passed_over += 1
            return []
        return super().handle(record)

    def _frame(self, record: Record) -> tuple[CameraFrame, Any]:
        frame, info = super()._frame(record)
        self._saw(frame.size)
        return frame, info


class ComparisonSink:
    """Compares outputs with ground truth, in place of a RecordingWriter."""

    def __init__(self, comparisons: Sequence[CameraComparison]) -> None:
        self._takers = {
            output_topic(comparison.stream, key): (comparison, key)
            for comparison in comparisons
            for key in comparison.wanted
        }

    def write(
        self, topic: str, message_type: str, message: Any, time_ns: int, latched: bool = False
    ) -> None:
        """Compare an output with ground truth."""
        if topic in self._takers:
            comparison, key = self._takers[topic]
            comparison.take(key, message, time_ns)

    def copy(self, record: Record, data: Buffer | None = None) -> None:
        """Ignore an input message."""


def evaluate_pipelines(
    recording: Recording,
    cameras: Sequence[tuple[CameraProcessor, CameraComparison]],
    wheel: WheelTopic | None,
    stopped: Callable[[], bool],
    advance: Callable[[], None],
) -> bool:
    """Run the pipelines on a recording and compare their outputs with ground truth.

    Returns:
        Whether the end of the recording was reached.

    Raises:
        EvaluationError: The ground truth does not fit the predictions.
    """
    sink = ComparisonSink([comparison for _, comparison in cameras])
    run = OfflineRun(recording, [processor for processor, _ in cameras], sink, wheel=wheel)
    return run.run(None, stopped, advance)


def evaluate_recorded(
    predictions: Recording,
    comparisons: Sequence[CameraComparison],
    picked: Mapping[CameraComparison, Container[int] | None],
    stopped: Callable[[], bool],
    advance: Callable[[], None],
) -> bool:
    """Compare the outputs in a recording of `process` or of the nodes with ground truth.

    Args:
        predictions: Recording of the outputs.
        comparisons: One comparison for each camera.
        picked: Stamps of the frames to compare; None for all.
        stopped: Returns whether to stop; called before every message.
        advance: Called after every message.

    Returns:
        Whether the end of the recording was reached.

    Raises:
        EvaluationError: Outputs are missing, or the truth does not fit them.
    """
    takers = {}
    for comparison in comparisons:
        for key in comparison.wanted:
            takers[_recorded_topic(predictions, comparison, key)] = (comparison, key)
    for record in predictions.read(list(takers)):
        if stopped():
            return False
        comparison, key = takers[record.topic]
        chosen = picked.get(comparison)
        try:
            stamp_ns = record.stamp_ns
            if chosen is None or stamp_ns in chosen:
                comparison.take(key, record.message, stamp_ns)
        except (BagError, MessageError) as error:
            text = f'{record.topic}: a prediction cannot be read: {error}'
            raise EvaluationError(text) from error
        advance()
    return True


def _recorded_topic(predictions: Recording, comparison: CameraComparison, key: str) -> str:
    stream = comparison.stream
    topic = output_topic(stream, key)
    if topic in predictions.topics:
        return topic
    found = match_topic(contract.OUTPUTS[stream.kind][key].topic, predictions.topics)
    if found is None:
        paths: list[Path] = predictions.paths
        raise EvaluationError(
            f'{", ".join(map(str, paths))}: no {topic}, which is to be compared; the topics '
            f'are:{listing(predictions)}'
        )
    return found
