# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a row of a table is measured on: a bundle, a foreign model, or predictions in files."""

import abc
import dataclasses
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.trajectory_files import is_trajectory_file
from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import read_spec
from thermal_depth_ros.bundles.untrained import untrained_outputs
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.offline_evaluation import Pipelines
from thermal_depth_ros.evaluation.tables.grey_pipeline import GreyPipeline
from thermal_depth_ros.evaluation.tables.prediction_files import (
    prediction_pipeline,
    predictions_of_recording,
)
from thermal_depth_ros.evaluation.tables.published import Condition
from thermal_depth_ros.frames.config import CameraConfig, RgbConfig
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.metrics.depth import PROTOCOLS, Resize

Loading = Callable[[], AbstractContextManager[None]]
Configs = Mapping[str, CameraConfig]


@dataclasses.dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for one recording: of pipelines, or recorded outputs."""

    pipelines: Pipelines
    recorded: Path | None = None


class RowSource(abc.ABC):
    """Predictions of one row.

    Attributes:
        name: Name of the row.
    """

    name: str

    @abc.abstractmethod
    def predictions(
        self, condition: Condition, recording: Path, alone: bool, configs: Configs
    ) -> Predictions:
        """Return the predictions for a recording.

        Args:
            condition: Condition of the table.
            recording: The recording.
            alone: Whether it is the only one of the condition.
            configs: Settings of the cameras, without a bundle.

        Raises:
            EvaluationError: There are none for this recording.
        """

    def remarks(self, condition: Condition) -> list[str]:
        """Return how the predictions differ from those of the paper's protocol."""
        return []

    @abc.abstractmethod
    def close(self) -> None:
        """Release networks."""


class _Networks(RowSource):
    """A source whose pipelines serve all recordings of one condition after the other."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._open: tuple[str, Pipelines] | None = None

    def predictions(
        self, condition: Condition, recording: Path, alone: bool, configs: Configs
    ) -> Predictions:
        """Return the pipelines of the condition."""
        if self._open is None or self._open[0] != condition.name:
            self.close()
            made = Pipelines(
                {condition.camera: configs[condition.camera]},
                self._loading,
                network_sized(condition),
                self._opener(condition),
            )
            self._open = condition.name, made
        return Predictions(self._open[1])

    def close(self) -> None:
        """Release networks."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    @abc.abstractmethod
    def _opener(self, condition: Condition) -> Callable[..., CameraPipeline]:
        """Return what opens a pipeline for a condition."""


class BundleSource(_Networks):
    """A bundle; one for RGB cameras also takes thermal images, in grey."""

    def __init__(self, bundle: str, loading: Loading) -> None:
        """Find the bundle.

        Raises:
            BundleError: There is none, or it is damaged.
        """
        super().__init__(loading)
        path = find_bundle(bundle)
        self.name, self._spec = path.name, read_spec(path)
        self.path = path

    def remarks(self, condition: Condition) -> list[str]:
        """Return differences from the paper: size of the network, kind of camera, random weights.

        Raises:
            EvaluationError: The bundle is of a kind that cannot see these images.
        """
        kind, remarks = self._spec.kind, []
        if kind not in (condition.camera, RGB):
            raise EvaluationError(
                f'--bundle {self.name}: a bundle of kind {kind}, but {condition.title} has images '
                f'of {condition.camera} cameras'
            )
        if kind != condition.camera:
            remarks.append(f'{self.name}: a network for RGB sees thermal images, in grey')
        if not self._spec.trained:
            outputs = untrained_outputs(self._spec.untrained_parts)
            remarks.append(f'{self.name}: untrained; meaningless: figures of its {outputs}')
        wanted, size = condition.network_input, tuple(self._spec.input_size)
        if wanted is not None and size != wanted:
            remarks.append(
                f'{self.name}: the network is given {size[1]}x{size[0]}; those of the paper '
                f'{wanted[1]}x{wanted[0]}'
            )
        return remarks

    def _opener(self, condition: Condition) -> Callable[..., CameraPipeline]:
        def opener(kind: str, config: CameraConfig, *args: Any, **options: Any) -> CameraPipeline:
            if self._spec.kind == kind:
                chosen = dataclasses.replace(config, bundle=str(self.path))
                return open_pipeline(kind, chosen, *args, **options)
            return GreyPipeline(config, open_pipeline(RGB, self._rgb(config), None, **options))

        return opener

    def _rgb(self, config: CameraConfig) -> RgbConfig:
        """Return settings for RGB that equal those of another camera."""
        shared = {field.name: getattr(config, field.name) for field in _common_fields()}
        return RgbConfig(**{**shared, 'bundle': str(self.path)}, sky_is_far=False)


class ModelSource(_Networks):
    """A foreign network, opened by a function with the arguments of `open_pipeline`.

    The function opens pipelines for RGB cameras; thermal images are given to it in grey.
    """

    def __init__(
        self, name: str, opener: Callable[..., CameraPipeline], loading: Loading, note: str = ''
    ) -> None:
        """Set the name of the row, what opens the network, and a remark about it."""
        super().__init__(loading)
        self.name, self._model, self._note = name, opener, note

    def remarks(self, condition: Condition) -> list[str]:
        """Return the remark, and that the network sees thermal images, where it does."""
        remarks = [f'{self.name}: {self._note}'] if self._note else []
        if condition.camera == THERMAL:
            remarks.append(f'{self.name}: a network for RGB sees thermal images, in grey')
        return remarks

    def _opener(self, condition: Condition) -> Callable[..., CameraPipeline]:
        def opener(kind: str, config: CameraConfig, *args: Any, **options: Any) -> CameraPipeline:
            if kind == RGB:
                return self._model(config)
            shared = {field.name: getattr(config, field.name) for field in _common_fields()}
            rgb = RgbConfig(**shared, sky_is_far=False)
            return GreyPipeline(config, self._model(rgb))

        return opener


class FileSource(RowSource):
    """Predictions in a folder: recorded outputs, trajectories, or files of depth and classes."""

    def __init__(self, name: str, folder: Path, measures: Callable[[str], frozenset[str]]) -> None:
        """Set the folder, and a function that tells what a condition measures.

        Raises:
            EvaluationError: There is no such folder.
        """
        if not folder.is_dir() and not is_trajectory_file(folder):
            raise EvaluationError(f'--predictions {folder}: no such folder or trajectory file')
        self.name, self._folder, self._measures = name, folder, measures

    def predictions(
        self, condition: Condition, recording: Path, alone: bool, configs: Configs
    ) -> Predictions:
        """Return the recorded outputs, or a pipeline that reads files."""
        measures = self._measures(condition.name)
        found = predictions_of_recording(self._folder, condition.name, recording, alone, measures)

        def opener(kind: str, config: CameraConfig, *args: Any, **options: Any) -> CameraPipeline:
            return prediction_pipeline(config, found.path, recording, measures)

        kind = condition.camera
        pipelines = Pipelines({kind: configs[kind]}, nullcontext, (), opener)
        return Predictions(pipelines, found.path if found.recorded else None)

    def close(self) -> None:
        """Do nothing: no file stays open."""


def network_sized(condition: Condition) -> tuple[str, ...]:
    """Return the kinds whose protocol resizes depth itself, from the size of the network."""
    return (condition.camera,) if PROTOCOLS[condition.protocol].resize is Resize.DEPTH else ()


def _common_fields() -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(CameraConfig)
