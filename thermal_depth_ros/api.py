# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The public Python interface: a pipeline that takes images and returns arrays, without ROS.

It runs the same pipelines as the nodes. Everything is reached as `thermal_depth_ros.NAME`; other
modules of the package are internal and may change at any time.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from thermal_depth_ros.base.contract import OUTPUTS
from thermal_depth_ros.base.settings import SettingsError, build, describe
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import read_spec
from thermal_depth_ros.frames.frame import CameraFrame, InferenceError
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop, CropError, crop_of
from thermal_depth_ros.geometry.frames import T_FORWARD
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.inference.pipeline import CONFIGS, CameraPipeline
from thermal_depth_ros.inference.pipeline import open_pipeline as open_camera_pipeline

OPTICAL_FRAME = 'camera_optical_frame'
_ARRAYS = frozenset({'depth', 'confidence', 'semantic', 'semantic_confidence', 'odometry'})
_WHOLE = Crop()
# What only a node has a use for.
_NODE_SETTINGS = frozenset(
    {
        'base_frame',
        'bundle',
        'image_transport',
        'max_image_pixels',
        'odom_frame',
        'overlay_opacity',
        'point_decimation',
        'point_fields',
        'point_layout',
        'publish_tf',
        'scale_source',
    }
)


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """Outputs of a pipeline for one image; None if the camera or bundle does not provide them.

    Attributes:
        depth_m: (H, W) float32, metres along the optical axis; NaN is unknown, +Inf too far or sky,
            -Inf too near (REP 117). Network units where `metric` is false.
        confidence: (H, W) float32 of the depth, 0 to 1.
        metric: Whether lengths are metres; `scale_source` says what that rests on.
        scale_source: Source of the metric scale, in words.
        labels: (H, W) uint8 class ids, 255 unlabelled; `Pipeline.class_names` names them.
        label_confidence: (H, W) float32, 0 to 1.
        T_odom_base: (4, 4) float64, maps points of the body at this image to where the first image
            was taken; x forward, y left, z up.
        odometry_state: 'first', 'tracking' or 'lost'.
        missing: Why an output was not made, by its name.
    """

    depth_m: np.ndarray | None
    confidence: np.ndarray | None
    metric: bool
    scale_source: str
    labels: np.ndarray | None
    label_confidence: np.ndarray | None
    T_odom_base: np.ndarray | None
    odometry_state: str | None
    missing: Mapping[str, str]
    camera: PinholeCamera | None

    def points_m(self) -> np.ndarray:
        """Return (H, W, 3) float32 points of the optical frame (x right, y down, z forward).

        Pixels without a finite depth are NaN.

        Raises:
            InferenceError: There is no depth, or no camera was given.
        """
        if self.depth_m is None:
            raise InferenceError('points: this image has no depth')
        if self.camera is None:
            raise InferenceError('points: the intrinsics are unknown; give process a camera')
        depth_m = np.where(np.isfinite(self.depth_m), self.depth_m, np.float32(np.nan))
        rays = pixel_rays(self.camera)
        return np.stack([rays[0] * depth_m, rays[1] * depth_m, depth_m], axis=-1)


class Pipeline:
    """Depth, and odometry or semantics, of one camera. One thread at a time may use it."""

    def __init__(
        self, pipeline: CameraPipeline, T_base_optical: np.ndarray, crop: Crop = _WHOLE
    ) -> None:
        """Wrap an opened pipeline; use `open_pipeline`."""
        self._pipeline, self._crop = pipeline, crop
        self._T_base_optical = T_base_optical
        self._wanted = frozenset(OUTPUTS[self.kind]) & _ARRAYS
        self._images = 0

    @property
    def kind(self) -> str:
        """Camera that the bundle is for: 'thermal' or 'rgb'."""
        return self._pipeline.description.kind

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes by id; empty where the bundle knows none."""
        labels = self._pipeline.description.labels
        return labels.names if labels else ()

    @property
    def untrained_parts(self) -> tuple[str, ...]:
        """Networks of the bundle whose weights are random."""
        return tuple(self._pipeline.description.untrained_parts)

    def process(
        self,
        image: np.ndarray,
        *,
        camera: PinholeCamera | None = None,
        stamp_s: float | None = None,
    ) -> Result:
        """Run the networks on the next image of the camera.

        Args:
            image: Thermal: (H, W) uint16 counts, or uint8 of the camera's own gain control; rgb:
                (H, W, 3) uint8 in the order R, G, B. Any size.
            camera: Intrinsics of the image, or of what the settings crop_* leave of it, in pixels.
                Odometry and points need them.
            stamp_s: When the image was taken. Odometry needs it: without stamps, images count as
                taken one second apart, and speeds mean nothing.

        Raises:
            InferenceError: The image is not one of this camera; the message says why.
        """
        seconds = self._images if stamp_s is None else stamp_s
        self._images += 1
        image, camera = self._cropped(np.asarray(image), camera)
        frame = CameraFrame(round(seconds * 1e9), OPTICAL_FRAME, image, camera)
        output = self._pipeline.process(frame, self._wanted, self._T_base_optical)
        return _result(output, camera)

    def _cropped(
        self, image: np.ndarray, camera: PinholeCamera | None
    ) -> tuple[np.ndarray, PinholeCamera | None]:
        """Return what is left of an image, and the camera of that."""
        if not self._crop or image.ndim < 2:
            return image, camera
        try:
            image = self._crop.image(image)
        except CropError as error:
            raise InferenceError(f'image: {error}') from error
        size = image.shape[0], image.shape[1]
        return image, None if camera is None else self._crop.camera(camera, size)

    def reset(self) -> None:
        """Forget earlier images; the next one starts a new path."""
        self._pipeline.reset()
        self._images = 0

    def close(self) -> None:
        """Release the networks."""
        self._pipeline.close()

    def __enter__(self) -> 'Pipeline':
        """Return the pipeline itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the networks."""
        self.close()


def open_pipeline(
    bundle: str | Path = 'thermal_default',
    *,
    T_base_optical: np.ndarray = T_FORWARD,
    **settings: Any,
) -> Pipeline:
    """Open a model bundle; its kind decides between the thermal and the RGB camera.

    Args:
        bundle: A name under `models/` or $THERMAL_DEPTH_MODELS, or the folder of a bundle.
        T_base_optical: (4, 4) pose of the camera on the body, for odometry: maps points of the
            optical frame into the base frame. By default the camera looks forward.
        settings: Parameters of the camera node, such as device='cpu', precision='bf16',
            max_depth_m=50.0, metric_scale=1.3 or crop_bottom=2; results are of what is left of the
            image.

    Returns:
        The pipeline; close it, or use it in a `with` statement.

    Raises:
        BundleError: There is no such bundle, or it cannot be loaded.
        SettingsError: A setting is unknown or out of range; all are named.
    """
    folder = find_bundle(bundle)
    kind = read_spec(folder).kind
    if kind not in CONFIGS:
        raise SettingsError(f'bundle: {folder} is of kind {kind}, not one of {", ".join(CONFIGS)}')
    config_class = CONFIGS[kind]
    known = {entry.name for entry in describe(config_class)} - _NODE_SETTINGS
    if unknown := sorted(settings.keys() - known):
        raise SettingsError(
            f'{", ".join(unknown)}: unknown; a {kind} pipeline takes {", ".join(sorted(known))}'
        )
    if 'metric_scale' in settings:
        settings = {**settings, 'scale_source': 'fixed'}
    config = build(config_class, {'bundle': str(folder), **settings})
    T_base_optical = np.asarray(T_base_optical, np.float64)
    return Pipeline(open_camera_pipeline(kind, config), T_base_optical, crop_of(config))


def _result(output: CameraOutput, camera: PinholeCamera | None) -> Result:
    depth, semantics, odometry = output.depth, output.semantics, output.odometry
    return Result(
        depth_m=None if depth is None else depth.depth_m,
        confidence=None if depth is None else depth.confidence,
        metric=output.scale.metric,
        scale_source=output.scale.source,
        labels=None if semantics is None else semantics.labels,
        label_confidence=None if semantics is None else semantics.confidence,
        T_odom_base=None if odometry is None else odometry.T_odom_base,
        odometry_state=None if odometry is None else odometry.state,
        missing=output.plan.withheld,
        camera=camera,
    )
