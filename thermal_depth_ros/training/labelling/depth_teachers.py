# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teachers of depth: networks whose depth, metric or relative, serves as labels."""

import abc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import SPEC_FILE, BundleSpec
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.inference.engine import Engine
from thermal_depth_ros.inference.engines.candidates import AUTO
from thermal_depth_ros.inference.engines.report import EngineReport
from thermal_depth_ros.inference.engines.runner import Tensors
from thermal_depth_ros.inference.engines.stages import DEPTH as DEPTH_STAGE
from thermal_depth_ros.inference.engines.stages import DISPARITY, ENCODER
from thermal_depth_ros.networks.architecture import RgbArchitecture, RgbDptArchitecture
from thermal_depth_ros.training.labelling.config import (
    AUTO_OUTPUT,
    DEPTH_M,
    INVERSE_DEPTH,
    RELATIVE_DEPTH,
)
from thermal_depth_ros.training.labelling.model_engine import ModelEngine, NamedOutputs
from thermal_depth_ros.training.labelling.model_folder import DEPTH, ModelFolder, TeacherError
from thermal_depth_ros.training.labelling.model_input import ImageInput
from thermal_depth_ros.training.teacher_engine import bundle_spec, open_engine

METRIC_RANGE_M = 0.1, 100.0  # that of the networks that learn from the labels, by default
_BY_TYPE = {'relative': INVERSE_DEPTH, 'metric': DEPTH_M}  # depth_estimation_type of a config
_BY_FAMILY = {'zoedepth': DEPTH_M, 'glpn': DEPTH_M}
_TINY = 1e-6


class DepthTeacher(abc.ABC):
    """Predicts depth.

    Attributes:
        name: Name of the network.
        identity: Text that identifies it uniquely.
        relative: Whether its output is inverse depth up to an unknown scale and shift, instead of
            1 / depth in the units of depth_range.
        depth_range: Nearest and farthest depth; of a relative teacher, of what it may be scaled to.
    """

    name: str
    identity: str
    relative: bool
    depth_range: tuple[float, float]

    @property
    @abc.abstractmethod
    def report(self) -> EngineReport:
        """What runs the network."""

    @abc.abstractmethod
    def disparity(self, image: torch.Tensor) -> torch.Tensor:
        """Return inverse depth (B, 1, H, W) of images (B, 3, H, W) in [0, 1].

        It is positive and within depth_range, unless the teacher is relative.
        """

    def focal_ratio(self, camera: PinholeCamera) -> float:
        """Return the focal length of a camera relative to that for which disparity is right."""
        return 1.0


class BundleDepthTeacher(DepthTeacher):
    """An RGB bundle of DepthSegNet24 or its depth teacher.

    Args:
        name: Name of the bundle.
        engine: Its stages 'encoder' and 'depth'.
    """

    relative = False

    def __init__(self, name: str, engine: Engine) -> None:
        architecture = engine.spec.networks_architecture
        assert isinstance(architecture, RgbArchitecture), 'checked before'
        self.name, self.identity = name, bundle_identity(name, engine.spec)
        self.depth_range = architecture.min_depth, architecture.max_depth  # network units
        self._engine = engine

    @property
    def report(self) -> EngineReport:
        """What runs the network."""
        return self._engine.report

    @torch.inference_mode()
    def disparity(self, image: torch.Tensor) -> torch.Tensor:
        """Return 1 / depth, in 1 / network units."""
        engine = self._engine
        image = image.to(engine.device)
        fed = F.interpolate(image, engine.input_size, mode='bilinear', align_corners=False)
        disparity = engine.run(DEPTH_STAGE, *engine.run(ENCODER, fed))[0]
        return F.interpolate(disparity, image.shape[-2:], mode='bilinear', align_corners=False)

    def focal_ratio(self, camera: PinholeCamera) -> float:
        """Return the focal length of a camera relative to the canonical one of the bundle."""
        return focal_ratio(self._engine.spec, camera, self._engine.input_size)


class DptBundleTeacher(DepthTeacher):
    """An RGB bundle with a vision transformer, such as an imported Depth Anything V2.

    It is relative until its scale and shift are known (`thermal-depth fit-scale`).

    Args:
        name: Name of the bundle.
        engine: Its stage 'depth'.
    """

    depth_range = METRIC_RANGE_M

    def __init__(self, name: str, engine: Engine) -> None:
        spec = engine.spec
        self.name, self.identity = name, bundle_identity(name, spec)
        self.relative = spec.relative
        self._metres_per_unit = 1.0 if self.relative else spec.scale.factor
        self._engine = engine

    @property
    def report(self) -> EngineReport:
        """What runs the network."""
        return self._engine.report

    @torch.inference_mode()
    def disparity(self, image: torch.Tensor) -> torch.Tensor:
        """Return 1 / depth in 1/m, or inverse depth up to scale and shift."""
        engine, size = self._engine, (image.shape[-2], image.shape[-1])
        fitted = engine.fitted_size(size)
        fed = F.interpolate(image.to(engine.device), fitted, mode='bicubic', align_corners=False)
        disparity = engine.run(DEPTH_STAGE, fed)[0] / self._metres_per_unit
        disparity = F.interpolate(disparity, size, mode='bilinear', align_corners=True)
        if self.relative:
            return disparity
        near, far = self.depth_range
        return disparity.clamp(1.0 / far, 1.0 / near)

    def focal_ratio(self, camera: PinholeCamera) -> float:
        """Return the focal length of a camera relative to the canonical one of the bundle."""
        if self.relative:
            return 1.0  # the scale is unknown anyway
        fitted = self._engine.fitted_size((camera.height, camera.width))
        return focal_ratio(self._engine.spec, camera, fitted)


def bundle_identity(name: str, spec: BundleSpec) -> str:
    """Return what tells a bundle, and how its depth follows the focal length, from others."""
    canonical = ''
    if spec.focal_px is not None:
        canonical = f', of a focal length of {spec.focal_px:.6g} px'
    return f'{name} {spec.weights_digest}{canonical}'


def focal_ratio(spec: BundleSpec, camera: PinholeCamera, size: tuple[int, int]) -> float:
    """Return the focal length of a camera relative to the canonical one of a bundle.

    Args:
        spec: The bundle.
        camera: The camera, at the size of its images.
        size: Height and width of what the networks are fed.
    """
    if spec.focal_px is None:
        return 1.0
    height, width = size
    return mean_focal_px(camera.resized(width, height).K) / spec.focal_px


class FolderDepthTeacher(DepthTeacher):
    """A model of transformers in a local folder.

    Args:
        folder: The folder.
        device: Device of the network.
        output: What the model predicts, one of DEPTH_OUTPUTS.
        engine: What runs it.

    Raises:
        TeacherError: The folder cannot be used, or nothing tells what the model predicts.
    """

    depth_range = METRIC_RANGE_M

    def __init__(
        self, folder: ModelFolder, device: torch.device, output: str, engine: str = AUTO
    ) -> None:
        self.output = depth_output(folder) if output == AUTO_OUTPUT else output
        self.relative = self.output != DEPTH_M
        self.name = folder.folder.name
        digest = folder.digest()
        self.identity = f'{self.name} {digest} {self.output}'
        self._folder, self._padded = folder.folder, folder.model_type == 'zoedepth'
        self._input = ImageInput(folder, device)
        processor = self._input.processor
        if not hasattr(processor, 'post_process_depth_estimation'):
            raise TeacherError(
                f'{folder.folder}: its image processor, {type(processor).__name__}, makes no depth '
                'of what the model predicts'
            )
        self._outputs: tuple[str, ...] = ('predicted_depth',)
        if folder.model_type == 'depth_pro' and folder.config.get('use_fov_model'):
            self._outputs = ('predicted_depth', 'field_of_view')  # which scales the other
        module = NamedOutputs(folder.load(), self._outputs)
        self._model = ModelEngine(digest, DEPTH_STAGE, module, device, engine, _compared)

    @property
    def report(self) -> EngineReport:
        """What ran the latest new size of images."""
        return self._model.report

    @torch.inference_mode()
    def disparity(self, image: torch.Tensor) -> torch.Tensor:
        """Return 1 / depth in 1/m, or what the model predicts of inverse depth if it is relative.

        Raises:
            TeacherError: The model predicts something that is not finite.
        """
        predicted = self.predicted(image)
        if not bool(predicted.isfinite().all()):
            raise TeacherError(f'{self._folder}: the model predicts depth that is not finite')
        if self.output == INVERSE_DEPTH:
            return predicted
        if self.output == RELATIVE_DEPTH:
            least = predicted.amax((1, 2, 3), keepdim=True) * 1e-3
            return 1.0 / predicted.maximum(least).clamp(min=_TINY)
        near, far = self.depth_range
        return 1.0 / predicted.clamp(near, far)

    @torch.inference_mode()
    def predicted(self, image: torch.Tensor) -> torch.Tensor:
        """Return the output (B, 1, H, W) of the model as its family defines it."""
        fed = self._input.of(image)
        out = dict(zip(self._outputs, self._model(fed.pixels), strict=True))
        sizes = [(image.shape[-2], image.shape[-1])] * len(image)
        options = {'source_sizes': sizes} if self._padded else {}
        finish = self._input.processor.post_process_depth_estimation
        result = SimpleNamespace(**{'field_of_view': None, **out})
        found = finish(result, target_sizes=sizes, **options)
        return torch.stack([one['predicted_depth'].float() for one in found])[:, None]


def _compared(outputs: Tensors) -> dict[str, torch.Tensor]:
    depth, *angles = outputs
    for angle in angles:
        depth = depth * angle.reshape(-1, 1, 1)
    return {DISPARITY: depth}


def load_depth_teacher(
    source: str | Path, device: torch.device, output: str, engine: str = AUTO
) -> DepthTeacher:
    """Load a teacher: a folder with a model of transformers, or an RGB bundle.

    Args:
        source: Path of the folder, or name or path of the bundle.
        device: Device of the network.
        output: What a model of transformers predicts, one of DEPTH_OUTPUTS.
        engine: What runs the network.

    Raises:
        TeacherError: The folder or the bundle cannot be used.
        BundleError: No such bundle, a damaged one, or one for another camera.
        SettingsError: The engine cannot run here.
    """
    if Path(source).is_dir() and not (Path(source) / SPEC_FILE).is_file():
        return FolderDepthTeacher(ModelFolder(Path(source), DEPTH), device, output, engine)
    if output != AUTO_OUTPUT:
        raise TeacherError(
            f'--depth-output {output}: for models of transformers only; a bundle tells what it '
            'predicts'
        )
    path = find_bundle(source)
    if isinstance(bundle_spec(RGB, path).networks_architecture, RgbDptArchitecture):
        return DptBundleTeacher(path.name, open_engine(RGB, path, device, engine, (DEPTH_STAGE,)))
    stages = (ENCODER, DEPTH_STAGE)
    return BundleDepthTeacher(path.name, open_engine(RGB, path, device, engine, stages))


def depth_output(folder: ModelFolder) -> str:
    """Return what the model of a folder predicts, by its configuration.

    Raises:
        TeacherError: It does not tell.
    """
    config = folder.config
    if folder.model_type == 'depth_pro':
        # Without a field of view, its inverse depth is that of a camera with one focal length.
        return DEPTH_M if config.get('use_fov_model') else RELATIVE_DEPTH
    known = _BY_TYPE.get(str(config.get('depth_estimation_type'))) or _BY_FAMILY.get(
        folder.model_type
    )
    if known is None and folder.model_type == 'depth_anything':
        known = INVERSE_DEPTH  # its default, which some files leave out
    if known is None and folder.model_type == 'dpt' and not _on_dinov2(config):
        known = INVERSE_DEPTH  # MiDaS; those on DINOv2 exist for metric data sets
    if known is None:
        raise TeacherError(
            f'{folder.folder}: its configuration does not tell whether {folder.model_type} '
            f'predicts metres; say it by --depth-output {DEPTH_M}, {INVERSE_DEPTH} or '
            f'{RELATIVE_DEPTH}'
        )
    return known


def _on_dinov2(config: Any) -> bool:
    backbone = config.get('backbone_config')
    return isinstance(backbone, dict) and str(backbone.get('model_type')).startswith('dinov2')
