# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of predictions: pipelines run on a recording, or recorded outputs."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.prepared_folder import is_prepared
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.storage import Buffer
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.comparison import CameraComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.recorded_run import match_topic
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.inference.frame_step import StepResult
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.offline.processing import CameraProcessor, Produced, output_topic
from thermal_depth_ros.offline.run import OfflineRun, WheelTopic

_PREPARED = {'depth': 'depth', 'semantic': 'labels'}  # outputs that a prepared folder can hold


class Pipelines:
    """One pipeline for each camera of a recording, reused for the next recording."""

    def __init__(
        self,
        configs: Mapping[str, CameraConfig],
        loading: Callable[[], AbstractContextManager[None]],
        network_size: Collection[str],
        opener: Callable[..., CameraPipeline] = open_pipeline,
    ) -> None:
        """Begin with none.

        Args:
            configs: Configurations by camera kind.
            loading: Entered while a model is loaded, which may take long.
            network_size: Kinds whose depth is left at the size of the network.
            opener: Opens a pipeline, with the arguments of `open_pipeline`.
        """
        self._network_size, self._opener = network_size, opener
        self.wheel = WheelScale()  # shared by all cameras of a recording
        self._configs, self._loading = configs, loading
        self._open: dict[tuple[str, int], CameraPipeline] = {}

    def get(self, kind: str, slot: int, wheel: WheelTopic | None) -> CameraPipeline:
        """Return the pipeline of the n-th camera of a recording, with an empty memory.

        Raises:
            SettingsError: A setting is wrong.
            BundleError: The bundle cannot be loaded.
        """
        pipeline = self._open.get((kind, slot))
        if pipeline is None:
            with self._loading():
                pipeline = self._opener(
                    kind,
                    self._configs[kind],
                    wheel.scale if wheel else None,
                    network_size=kind in self._network_size,
                )
            self._open[kind, slot] = pipeline
        pipeline.reset()
        return pipeline

    def opened(self) -> list[CameraPipeline]:
        """Return the pipelines that were used, one of each kind."""
        kinds = {kind: pipeline for (kind, _), pipeline in reversed(self._open.items())}
        return list(kinds.values())

    def close(self) -> None:
        """Release the networks."""
        for pipeline in self._open.values():
            pipeline.close()
        self._open.clear()


class SelectedFrames(CameraProcessor):
    """Runs only those frames of a camera that are selected and have ground truth."""

    def __init__(
        self,
        stream: CameraStream,
        pipeline: CameraPipeline,
        config: CameraConfig,
        comparison: CameraComparison,
        place: Callable[[str], np.ndarray],
        first_info: Record | None,
        *,
        selected: Container[int],
        needed: Callable[[int], bool],
    ) -> None:
        """Set up the processor and the selection of frames.

        Args:
            stream: See CameraProcessor.
            pipeline: See CameraProcessor.
            config: See CameraProcessor.
            comparison: Comparison with ground truth; it determines the outputs.
            place: See CameraProcessor.
            first_info: See CameraProcessor.
            selected: Indices of the frames to run.
            needed: Returns whether there is ground truth at the stamp of a frame.
        """
        super().__init__(stream, pipeline, config, comparison.wanted, place, first_info)
        self._selected, self._needed, self.comparison = selected, needed, comparison
        self._number = -1
        self.passed_over = 0  # selected frames without ground truth

    def handle(self, record: Record) -> list[Produced]:
        """Return the outputs of one recorded image; none if it is not run."""
        self._number += 1
        if self._number not in self._selected:
            return []
        try:
            stamp_ns = record.stamp_ns
        except BagError:
            return super().handle(record)  # which counts it
        if not self._needed(stamp_ns):
            self.passed_over += 1
            return []
        return super().handle(record)

    def _note_frame(self, result: StepResult) -> None:
        super()._note_frame(result)
        self.comparison.expect_view(result.frame.size)


class ComparisonSink:
    """Compares outputs with ground truth, in place of a RecordingWriter."""

    def __init__(self, comparisons: Sequence[CameraComparison]) -> None:
        self._comparisons = {
            output_topic(comparison.stream, key): (comparison, key)
            for comparison in comparisons
            for key in comparison.wanted
        }

    def write(
        self, topic: str, message_type: str, message: Any, time_ns: int, latched: bool = False
    ) -> None:
        """Compare an output with ground truth."""
        if topic in self._comparisons:
            comparison, key = self._comparisons[topic]
            comparison.take(key, message, time_ns)

    def copy(self, record: Record, data: Buffer | None = None) -> None:
        """Ignore an input message."""


def evaluate_pipelines(
    recording: Recording,
    processors: Sequence[SelectedFrames],
    wheel: WheelTopic | None,
    stopped: Callable[[], bool],
    advance: Callable[[str], None],
) -> bool:
    """Run the pipelines on a recording and compare their outputs with ground truth.

    Returns:
        Whether the end of the recording was reached.

    Raises:
        EvaluationError: The ground truth does not fit the predictions.
    """
    sink = ComparisonSink([processor.comparison for processor in processors])
    run = OfflineRun(recording, processors, sink, wheel=wheel)
    return run.run(None, stopped, advance)


def evaluate_recorded(
    predictions: Recording,
    selected: Mapping[CameraComparison, Container[int] | None],
    stopped: Callable[[], bool],
    advance: Callable[[], None],
) -> bool:
    """Compare the outputs in a recording of `process` or of the nodes with ground truth.

    Args:
        predictions: Recording of the outputs.
        selected: Comparison of each camera -> stamps of the frames to compare; None for all.
        stopped: Returns whether to stop; called before every message.
        advance: Called after every message.

    Returns:
        Whether the end of the recording was reached.

    Raises:
        EvaluationError: Outputs are missing, or the truth does not fit them.
    """
    comparisons = {}
    for comparison in selected:
        for key in comparison.wanted:
            topic = _recorded_topic(predictions, comparison, key)
            if topic is not None:
                comparisons[topic] = (comparison, key)
    for record in predictions.read_ahead(list(comparisons)):
        if stopped():
            return False
        comparison, key = comparisons[record.topic]
        chosen = selected[comparison]
        try:
            stamp_ns = record.stamp_ns
            if chosen is None or stamp_ns in chosen:
                comparison.take(key, record.message, stamp_ns)
        except (BagError, MessageError) as error:
            text = f'{record.topic}: a prediction cannot be read: {error}'
            raise EvaluationError(text) from error
        advance()
    return True


def _recorded_topic(predictions: Recording, comparison: CameraComparison, key: str) -> str | None:
    stream = comparison.stream
    topic = output_topic(stream, key)
    if topic in predictions.topics:
        return topic
    matching = match_topic(contract.OUTPUTS[stream.kind][key].topic, predictions.topics)
    paths: list[Path] = predictions.paths
    if matching is None and key in _PREPARED and is_prepared(paths[0]):
        # Depth and classes of a folder are those of a teacher: nothing in it tells them from truth.
        name = f'/ground_truth/{stream.kind}/{_PREPARED[key]}'
        matching = name if name in predictions.topics else None
    if matching is None and key not in comparison.optional:
        raise EvaluationError(
            f'{", ".join(map(str, paths))}: no {topic}, which is to be compared; the topics '
            f'are:{predictions.listing()}'
        )
    return matching
