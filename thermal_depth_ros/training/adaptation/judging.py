# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Judges a bundle on the held-out part of recordings, by the files that a robot would run."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.bundles import load_bundle
from thermal_depth_ros.bundles.store import Bundle
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry import rigid, se3
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.focal import mean_focal_px, pose_vector_for_focal
from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.inference.device import select_device
from thermal_depth_ros.inference.engines.stages import POSE, stages_of
from thermal_depth_ros.inference.pipeline import CONFIGS, open_pipeline
from thermal_depth_ros.losses.photometric import photometric_error
from thermal_depth_ros.metrics.accumulators import (
    DepthAccumulator,
    DepthEvaluation,
    PoseAccumulator,
    PoseEvaluation,
)
from thermal_depth_ros.metrics.baselines import CONSTANT, FIXED_MAP, BlindDepth
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.samples.sample_set import SampleSet, Triplet
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.thermal.batch import as_grey, map_counts
from thermal_depth_ros.training.video.point_depth import PointDepth
from thermal_depth_ros.training.video.validation import evenly_spread

MOST_IMAGES = 40
_FAR_M = 1e4


@dataclasses.dataclass(frozen=True)
class Judgement:
    """Figures of a bundle on the held-out part.

    Attributes:
        photometric: Mean photometric error of targets against their warped neighbours.
        depth: Depth against truth; None without truth.
        motion: Motion of consecutive images against true poses; None without.
        metric: Whether the bundle claims metres.
        predicted_m: Median depth that the bundle predicts.
        spread: Standard deviation of log depth within an image, median over the images; 0 if the
            bundle predicts one depth everywhere.
    """

    photometric: float
    depth: DepthEvaluation | None
    motion: PoseEvaluation | None
    metric: bool
    predicted_m: float
    spread: float

    def flat(self) -> dict[str, float]:
        """Return the figures by name, as logged and stored in bundles."""
        values = {'photometric': self.photometric}
        if self.depth is not None:
            values |= _depth_figures(self.depth, '')
            for end, blind in ((FIXED_MAP, self.depth.fixed_map), (CONSTANT, self.depth.constant)):
                if blind is not None:
                    values |= _depth_figures(blind, end)
        if self.motion is not None:
            values['ate_m'] = self.motion.score.ate_mean
        return values


def _depth_figures(found: DepthEvaluation | BlindDepth, end: str) -> dict[str, float]:
    return {
        f'abs_rel{end}': found.scaled.abs_rel,
        f'delta1{end}': found.scaled.delta1,
        f'abs_rel_metric{end}': found.metric.abs_rel,
    }


class Judge:
    """Measures bundles on the same held-out images.

    The photometric error of a target is that of the better neighbour at each pixel; where neither
    shows the pixel, that of the neighbours as they are, so that every bundle is judged on all
    pixels. With poses the views are connected by them, otherwise by the pose network.

    Args:
        samples: Held-out part.
        kind: Kind of the camera.
        device: Compute device, as in the settings.
        protocol: Protocol of the depth metrics.
        by_poses: Whether recorded poses connect the views.
        points: Points that are the true depth; None for true depth in images.
    """

    def __init__(
        self,
        samples: SampleSet,
        kind: str,
        device: str,
        protocol: str,
        by_poses: bool,
        points: PointDepth | None = None,
    ) -> None:
        self.samples, self._kind, self._device = samples, kind, device
        self._protocol, self._by_poses = PROTOCOLS[protocol], by_poses
        chosen = evenly_spread(len(samples), MOST_IMAGES)
        self._triplets = [samples.triplet(index) for index in chosen]
        frames = evenly_spread(samples.frame_count, MOST_IMAGES)
        if points is not None:
            self.truth_m = points.maps_m(samples, frames)
        else:
            images = ((index, samples.frame_depth_m(index)) for index in frames)
            self.truth_m = {index: truth for index, truth in images if truth is not None}

    def still(self) -> float:
        """Return the photometric error of the neighbours as they are: without any depth."""
        errors = [_errors(images)[0].mean() for images in map(self._compared, self._triplets)]
        return float(np.mean([float(error) for error in errors]))

    def __call__(self, bundle: Path) -> Judgement:
        """Judge a bundle.

        Raises:
            BundleError: It cannot be loaded.
        """
        with Networks(bundle, self._kind, self._device) as networks, torch.inference_mode():
            score = DepthAccumulator(self._protocol)
            for index, truth_m in self.truth_m.items():
                frame = self.samples.frame(index)
                score.add(truth_m, networks.depth(frame.image, frame.K))
            depths_m = [networks.depth(t.images[0], t.K) for t in self._triplets]
            pairs = zip(self._triplets, depths_m, strict=True)
            return Judgement(
                float(np.mean([self._photometric(networks, t, depth_m) for t, depth_m in pairs])),
                score.result() if score.images else None,
                self._motion(networks),
                networks.bundle.spec.scale.metric,
                float(np.median([np.median(depth_m) for depth_m in depths_m])),
                float(np.median([np.log(depth_m).std() for depth_m in depths_m])),
            )

    def _photometric(self, networks: 'Networks', triplet: Triplet, depth_m: np.ndarray) -> float:
        images = self._compared(triplet)
        depth = torch.from_numpy(depth_m)[None, None]
        still, errors = _errors(images)[0], []
        for side, raw in enumerate(triplet.images[1:]):
            if self._by_poses and triplet.T_target_source is not None:
                T = triplet.T_target_source[side]
            else:
                T = networks.motion(triplet.images[0], raw, triplet.K, later=side == 1)
            K = torch.from_numpy(triplet.K).float()[None]
            warp = project_grid(depth, torch.from_numpy(T).float()[None], K)
            moved = sample(images[1 + side][None], warp, 'border')
            error = photometric_error(moved, images[:1]).mean(1)
            errors.append(torch.where(warp.valid[:, 0], error, torch.inf))
        best = torch.stack(errors).amin(0)
        return float(torch.where(best.isfinite(), best, still).mean())

    def _compared(self, triplet: Triplet) -> torch.Tensor:
        """Return the images (3, C, H, W) in [0, 1] that are compared, target first."""
        images = triplet.images.astype(np.float32)
        if images.ndim == 4:
            return torch.from_numpy(images).permute(0, 3, 1, 2) / 255.0
        low, high = np.percentile(images[0], (1, 99))
        scaled = np.clip((images - low) / max(float(high - low), 1.0), 0.0, 1.0)
        return torch.from_numpy(scaled).float()[:, None]

    def _motion(self, networks: 'Networks') -> PoseEvaluation | None:
        board = PoseAccumulator()
        for track in self.samples.sequences():
            frames = [self.samples.frame(i) for i in track.frames[: MOST_IMAGES + 1].tolist()]
            motions = [
                networks.motion(a.image, b.image, a.K, later=True)
                for a, b in zip(frames, frames[1:], strict=False)
            ]
            if motions:
                board.add(track.T_world_camera[: MOST_IMAGES + 1], np.stack(motions))
        return board.result() if board.drives else None


def _errors(images: torch.Tensor) -> torch.Tensor:
    """Return the error (1, H, W) of the better of both neighbours (3, C, H, W) as they are."""
    target = images[:1]
    return torch.stack([photometric_error(images[i : i + 1], target).mean(1) for i in (1, 2)]).amin(
        0
    )


class Networks:
    """Depth by the pipeline of the nodes, and motion between two images by the pose network."""

    def __init__(self, bundle: Path, kind: str, device: str) -> None:
        extra: dict[str, Any] = {} if kind == THERMAL else {'sky_is_far': False}
        config = CONFIGS[kind](
            bundle=str(bundle),
            device=device,
            engine='torch',  # a bundle between two steps of a training is not worth an export
            min_depth_m=0.0,
            max_depth_m=_FAR_M,
            **extra,
        )
        self._pipeline = open_pipeline(kind, config)
        self._device = select_device(device)
        self.bundle: Bundle = load_bundle(bundle, self._device, kind)
        for network in self.bundle.networks.values():
            network.eval()
        self._pose = stages_of(self.bundle.spec, self.bundle.networks).get(POSE)

    def __enter__(self) -> 'Networks':
        return self

    def __exit__(self, *exception: object) -> None:
        self._pipeline.close()

    def depth(self, image: np.ndarray, K: np.ndarray) -> np.ndarray:
        """Return the depth (H, W) float32 of an image, finite and positive."""
        height, width = image.shape[:2]
        camera = PinholeCamera(width, height, K[0, 0], K[1, 1], K[0, 2], K[1, 2])
        output = self._pipeline.process(CameraFrame(0, 'camera', image, camera), {'depth'})
        assert output.depth is not None
        depth_m = np.nan_to_num(output.depth.depth_m, nan=_FAR_M, posinf=_FAR_M, neginf=1e-3)
        finite: np.ndarray = np.maximum(depth_m, 1e-3)
        return finite

    def classes(self, image: np.ndarray) -> np.ndarray:
        """Return the class ids (H, W) of an image."""
        output = self._pipeline.process(CameraFrame(0, 'camera', image), {'semantic'})
        assert output.semantics is not None
        return output.semantics.labels

    def motion(
        self, target: np.ndarray, source: np.ndarray, K: np.ndarray, *, later: bool
    ) -> np.ndarray:
        """Return T (4, 4), points of the target's camera into that of the source.

        Args:
            target: Image.
            source: Image.
            K: (3, 3) intrinsics of both.
            later: Whether the source was taken after the target; networks see images in order.
        """
        pair = (target, source) if later else (source, target)
        if self._pose is None:
            return np.eye(4)
        (vector,) = self._pose.module(*(self._input(image) for image in pair))
        canonical_px = self.bundle.spec.focal_px
        vector = pose_vector_for_focal(
            vector, mean_focal_px(K) / canonical_px if canonical_px else 1.0
        )
        if self.bundle.spec.kind == THERMAL:
            T = se3.pose_vec_to_matrix(vector)
        else:
            T = se3.axisangle_pose(vector[:, 3:], vector[:, :3])
        found: np.ndarray = T[0].double().cpu().numpy()
        found[:3, 3] *= self.bundle.spec.scale.factor
        return found if later else rigid.invert(found)

    def _input(self, image: np.ndarray) -> torch.Tensor:
        if image.ndim == 3 and self.bundle.spec.kind != THERMAL:
            scaled = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255.0
            return scaled.to(self._device)
        mapping = ThermalPreprocessing.from_dict(self.bundle.spec.preprocessing)
        counts = as_grey(image)
        mapped = map_counts(mapping, counts[None], picture=counts.dtype == np.uint8)
        return torch.from_numpy(mapped)[:, None].to(self._device)
