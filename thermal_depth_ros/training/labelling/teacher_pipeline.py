# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Models of transformers as pipelines of an RGB camera, to be evaluated like bundles."""

from pathlib import Path

import numpy as np
import torch

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.bundles.label_mapping import LabelMapping, match_labels
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import CameraFrame, InferenceError, MetricScale
from thermal_depth_ros.frames.plan import FramePlan
from thermal_depth_ros.inference.device import select_device, use_threads
from thermal_depth_ros.inference.map_pipeline import FrameMaps, MapPipeline, MapSource
from thermal_depth_ros.training.labelling.config import AUTO_OUTPUT
from thermal_depth_ros.training.labelling.depth_teachers import FolderDepthTeacher
from thermal_depth_ros.training.labelling.model_folder import (
    DEPTH,
    SEMANTIC,
    ModelFolder,
    TeacherError,
)
from thermal_depth_ros.training.labelling.teachers import FolderTeacher

_RELATIVE = MetricScale(1.0, False, 'inverse depth up to scale and shift')
_METRIC = MetricScale(1.0, True, 'as the model predicts it')


class ModelOpener:
    """Opens the folder of a model as a pipeline of an RGB camera.

    Relative depth is taken as 1 / x of what the model predicts.

    Attributes:
        note: Names classes of the model and of Cityscapes that do not match, in one line; '' if
            all do, or for depth.
    """

    def __init__(self, path: Path, depth_output: str = AUTO_OUTPUT) -> None:
        """Check the folder, before anything is loaded.

        Args:
            path: Folder with a model for depth or for some of the classes of Cityscapes.
            depth_output: What a depth model predicts, one of DEPTH_OUTPUTS.

        Raises:
            TeacherError: The folder holds no such model.
            LabelMappingError: The model has no class of Cityscapes.
        """
        self._folder, semantic = _model_folder(path)
        self._depth_output, self._mapping, self.note = depth_output, None, ''
        if semantic:
            names = self._folder.class_names
            self._mapping = match_labels(names, CITYSCAPES_19, None)
            self.note = self._mapping.unmapped(names)

    def __call__(self, config: CameraConfig) -> MapPipeline:
        """Open the pipeline."""
        use_threads(config.threads)
        device = select_device(config.device)
        if self._mapping is None:
            source = _depth_source(self._folder, device, self._depth_output, config.engine)
        else:
            source = _class_source(self._folder, device, self._mapping, config.engine)
        return MapPipeline(config, source)


def _model_folder(path: Path) -> tuple[ModelFolder, bool]:
    """Return the folder, and whether its model gives classes."""
    errors = []
    for kind in (DEPTH, SEMANTIC):
        try:
            return ModelFolder(path, kind), kind is SEMANTIC
        except TeacherError as error:
            errors.append(str(error))
    raise TeacherError('; '.join(dict.fromkeys(errors)))


def _depth_source(
    folder: ModelFolder, device: torch.device, depth_output: str, engine: str
) -> MapSource:
    teacher = FolderDepthTeacher(folder, device, depth_output, engine)

    def maps(frame: CameraFrame, plan: FramePlan) -> FrameMaps:
        if not plan.depth:
            return FrameMaps()
        try:
            disparity = teacher.disparity(_image(frame))[0, 0].float().cpu().numpy()
        except TeacherError as error:
            raise InferenceError(str(error)) from error
        with np.errstate(divide='ignore'):
            return FrameMaps(np.where(disparity > 0, 1.0 / disparity, np.inf).astype(np.float32))

    scale = _RELATIVE if teacher.relative else _METRIC
    return MapSource(teacher.name, maps, True, None, scale, str(device))


def _class_source(
    folder: ModelFolder, device: torch.device, mapping: LabelMapping, engine: str
) -> MapSource:
    teacher = FolderTeacher(folder, mapping, device, engine)

    def maps(frame: CameraFrame, plan: FramePlan) -> FrameMaps:
        if not plan.semantics:
            return FrameMaps()
        try:
            best, labels = teacher.scores(_image(frame))[0].max(dim=0)
        except TeacherError as error:
            raise InferenceError(str(error)) from error
        found = torch.where(best > 0, labels, UNLABELLED).to(torch.uint8)
        return FrameMaps(labels=found.cpu().numpy())

    return MapSource(teacher.name, maps, False, CITYSCAPES_19, _METRIC, str(device))


def _image(frame: CameraFrame) -> torch.Tensor:
    """Return the image (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(frame.image)).permute(2, 0, 1)[None].float() / 255.0
