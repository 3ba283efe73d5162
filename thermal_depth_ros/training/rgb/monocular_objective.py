# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training loss of Monodepth2, the depth teacher, and what that of DepthSegNet24 builds on.

It is one module over both networks, so that their gradients are averaged over processes together.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.geometry.focal import pose_vector_for_focal
from thermal_depth_ros.losses.light import (
    EnhancedBatch,
)
from thermal_depth_ros.losses.measured_depth import measured_depth_loss
from thermal_depth_ros.losses.reprojection import ReprojectionOptions, Source, reprojection_loss
from thermal_depth_ros.losses.segmentation_distillation import segmentation_distillation_loss
from thermal_depth_ros.losses.soft_labels import SoftLabels
from thermal_depth_ros.networks.decoder import SCALES
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.training.engine.batch import LossTerms, StepLoss, TensorBatch, weighted_sum
from thermal_depth_ros.training.rgb.batch import LightBatch, RgbBatch
from thermal_depth_ros.training.rgb.monocular_config import FINEST, MonocularConfig
from thermal_depth_ros.training.video.config import ODOMETRY
from thermal_depth_ros.training.video.pose_losses import odometry_loss

# The kinds of images that the network sees.
ImageKind = Literal['day', 'synthetic_night', 'night', 'synthetic_day']
DAY: Literal['day'] = 'day'
SYNTHETIC_NIGHT: Literal['synthetic_night'] = 'synthetic_night'
NIGHT: Literal['night'] = 'night'
SYNTHETIC_DAY: Literal['synthetic_day'] = 'synthetic_day'


@dataclasses.dataclass(frozen=True)
class RgbTerms(LossTerms):
    """Terms of DepthSegNet24, eq. 18; a depth teacher has only the first and that of the pose.

    Of the light loss, the terms are logged, but only their sum `light` enters the total.
    """

    day: torch.Tensor | None = None
    synthetic_night: torch.Tensor | None = None
    night: torch.Tensor | None = None
    pose: torch.Tensor | None = None
    consistency: torch.Tensor | None = None
    synthetic_consistency: torch.Tensor | None = None
    distillation: torch.Tensor | None = None
    depth_day: torch.Tensor | None = None
    depth_night: torch.Tensor | None = None
    segmentation_day: torch.Tensor | None = None
    segmentation_synthetic_night: torch.Tensor | None = None
    segmentation_night: torch.Tensor | None = None
    light: torch.Tensor | None = None
    light_variation: torch.Tensor | None = None
    light_similarity: torch.Tensor | None = None
    light_exposure: torch.Tensor | None = None


@dataclasses.dataclass(frozen=True)
class RgbMaps:
    """Detached outputs of the network for images of one kind, at full resolution.

    Attributes:
        disparity: (B, 1, H, W) sigmoid map.
        light_map: (B, 3, H, W).
        logits: (B, C, H, W); None without classes.
    """

    disparity: torch.Tensor
    light_map: torch.Tensor
    logits: torch.Tensor | None


@dataclasses.dataclass(frozen=True)
class Views(TensorBatch):
    """B triplets to compare."""

    images: torch.Tensor  # (B, 3, 3, H, W) in [0, 1]: target, previous, next
    T: torch.Tensor  # (B, 2, 4, 4) m, target to previous, next
    K: torch.Tensor  # (B, 3, 3)
    depth_factor: torch.Tensor  # (B,) see `TripletBatch`


RgbLoss = StepLoss[RgbTerms, dict[ImageKind, RgbMaps]]


@dataclasses.dataclass(frozen=True)
class Outputs:
    """Network outputs for images of one kind, in full precision."""

    image: torch.Tensor  # (B, 3, H, W)
    disparities: tuple[torch.Tensor, ...]  # sigmoid maps of the scales that a loss reads
    logits: tuple[torch.Tensor, ...]  # likewise
    light_map: torch.Tensor

    @property
    def enhanced(self) -> EnhancedBatch:
        """The images with their light maps."""
        return EnhancedBatch(self.image, self.light_map)

    def maps(self) -> RgbMaps:
        """Return the maps for pictures."""
        logits = self.logits[0].detach() if self.logits else None
        return RgbMaps(self.disparities[0].detach(), self.light_map.detach(), logits)


def network_images(batch: RgbBatch) -> dict[ImageKind, torch.Tensor]:
    """Return the images (B, 3, H, W) that the network sees, by kind."""
    images: dict[ImageKind, torch.Tensor | None] = {
        DAY: batch.day.target,
        SYNTHETIC_NIGHT: batch.day.translated,
        NIGHT: None if batch.night is None else batch.night.target,
        SYNTHETIC_DAY: None if batch.night is None else batch.night.translated,
    }
    return {kind: image for kind, image in images.items() if image is not None}


def compared(batch: RgbBatch) -> dict[ImageKind, LightBatch]:
    """Return the triplets that images are compared with: synthetic night with real day."""
    images: dict[ImageKind, LightBatch] = {DAY: batch.day}
    if batch.day.translated is not None:
        images[SYNTHETIC_NIGHT] = batch.day
    if batch.night is not None:
        images[NIGHT] = batch.night
    return images


class MonocularObjective(nn.Module):
    """Training loss of Monodepth2 on daytime images.

    Args:
        network: Depth network.
        pose: The pose network.
        config: Method settings.
        class_teacher: Frozen network whose classes `network` keeps; None to train depth alone.
    """

    _joint_pass = True

    def __init__(
        self,
        network: DepthSegNet,
        pose: PoseNet,
        config: MonocularConfig,
        class_teacher: DepthSegNet | None = None,
    ) -> None:
        super().__init__()
        self.network, self.pose, self.class_teacher = network, pose, class_teacher
        self._monocular = config
        self._compared_weights: dict[ImageKind, float] = {DAY: config.day_weight}
        self._options = ReprojectionOptions(
            alpha=config.alpha,
            minimum=config.min_reprojection,
            auto_mask=config.auto_mask,
            visible_only=config.visible_only,
            comparison_scales=config.comparison_scales,
            smoothness_weight=config.smoothness_weight,
            smooth_on=config.smooth_on,
            min_depth=config.min_depth,
            max_depth=config.max_depth,
        )

    def forward(self, batch: RgbBatch) -> RgbLoss:
        """Return the loss of a batch."""
        outputs = self._run(network_images(batch))
        vectors = self._pose_vectors(batch) if self._monocular.trains_pose else {}
        # Warping needs a higher precision than the networks.
        with torch.autocast(batch.day.images.device.type, enabled=False):
            motions = {light: _motions(*pair) for light, pair in vectors.items()}
            terms = self._terms(batch, outputs, motions)
            maps = {kind: own.maps() for kind, own in outputs.items()}
            return StepLoss(self._total(terms), terms, maps)

    def depths(self, sigmoid: torch.Tensor) -> torch.Tensor:
        """Return depth in network units of a sigmoid map."""
        return 1.0 / self._disparity(sigmoid)

    def _terms(
        self,
        batch: RgbBatch,
        outputs: dict[ImageKind, Outputs],
        motions: dict[ImageKind, torch.Tensor],
    ) -> RgbTerms:
        found = self._reprojections(batch, outputs, motions)
        return RgbTerms(
            day=found.get(DAY),
            synthetic_night=found.get(SYNTHETIC_NIGHT),
            night=found.get(NIGHT),
            pose=self._pose_term(batch, motions),
            depth_day=self._depth_term(batch.day, outputs.get(DAY)),
            depth_night=self._depth_term(batch.night, outputs.get(NIGHT)),
            segmentation_day=self._kept_classes(outputs[DAY]),
        )

    def _total(self, terms: RgbTerms) -> torch.Tensor:
        config = self._monocular
        return weighted_sum(
            (config.day_weight, terms.day),
            (config.pose_weight, terms.pose),
            (config.depth_weight, terms.depth_day),
            (config.class_weight, terms.segmentation_day),
        )

    def _depth_term(self, real: LightBatch | None, own: Outputs | None) -> torch.Tensor | None:
        """Return the loss on true depth."""
        if real is None or own is None or real.depth_m is None:
            return None
        factor, config = real.depth_factor[:, None, None, None], self._monocular
        scales = slice(1) if config.depth_scales == FINEST else slice(1, None)
        size = real.depth_m.shape[-2:]
        losses = [
            measured_depth_loss(
                self.depths(_enlarged(disparity, size)) * factor,
                real.depth_m,
                far_depth_m=config.far_depth_m or math.inf,
                far_weight=config.far_weight,
            )
            for disparity in own.disparities[scales]
        ]
        return torch.stack(losses).mean()

    def _kept_classes(self, day: Outputs) -> torch.Tensor | None:
        """Return the loss on the difference from the class scores of the teacher."""
        if self.class_teacher is None:
            return None
        with torch.no_grad():
            teacher = self.class_teacher(day.image, depth_scales=0, class_scales=1)
            scores = teacher.logits[0].float().softmax(1)
        return segmentation_distillation_loss(day.logits[:1], SoftLabels.full(scores))

    @property
    def _class_scales(self) -> int:
        """Number of scales of the classes that a term depends on, from the finest on."""
        return 0 if self.class_teacher is None else 1

    def _disparity(self, sigmoid: torch.Tensor) -> torch.Tensor:
        return sigmoid_to_disparity(sigmoid, self._monocular.min_depth, self._monocular.max_depth)

    def _run(self, images: dict[ImageKind, torch.Tensor]) -> dict[ImageKind, Outputs]:
        """Run the network on all kinds of images, in one pass or in several."""
        groups = [list(images)] if self._joint_pass else [[kind] for kind in images]
        depth_scales = 1 if self._monocular.finest_depth_alone else len(SCALES)
        outputs: dict[ImageKind, Outputs] = {}
        for kinds in groups:
            stacked = torch.cat([images[kind] for kind in kinds])
            out = self.network(stacked, depth_scales, self._class_scales)
            maps = (*out.disparities, *out.logits, out.light_map)
            # Split each map into the parts of the images.
            parts = [values.float().chunk(len(kinds)) for values in maps]
            scales = len(out.disparities)
            for place, kind in enumerate(kinds):
                own = [part[place] for part in parts]
                disparities, logits = own[:scales], own[scales:-1]
                outputs[kind] = Outputs(images[kind], tuple(disparities), tuple(logits), own[-1])
        return outputs

    def _pose_vectors(self, batch: RgbBatch) -> dict[ImageKind, tuple[torch.Tensor, torch.Tensor]]:
        """Return rotation and translation (2 B, 3) of day and night: previous to target to next."""
        views: dict[ImageKind, torch.Tensor] = {}
        if batch.day.pose_images is not None:
            views[DAY] = batch.day.pose_images
        if batch.night is not None and batch.night.pose_images is not None:
            views[NIGHT] = batch.night.pose_images
        earlier = torch.cat([part for v in views.values() for part in (v[:, 1], v[:, 0])])
        later = torch.cat([part for v in views.values() for part in (v[:, 0], v[:, 2])])
        pose = self.pose(earlier, later)
        # Earlier and later pairs of each light, whose images are in the order of the batch.
        ratios = torch.cat(
            [
                real.focal_ratio.repeat(2)
                for light, real in compared(batch).items()
                if light in views
            ]
        )
        vectors = torch.cat([pose.translation[:, 0], pose.axisangle[:, 0]], 1).float()
        vectors = pose_vector_for_focal(vectors, ratios)
        rotations, translations = (
            part.chunk(len(views)) for part in (vectors[:, 3:], vectors[:, :3])
        )
        return dict(zip(views, zip(rotations, translations, strict=True), strict=True))

    def _reprojections(
        self,
        batch: RgbBatch,
        outputs: dict[ImageKind, Outputs],
        motions: dict[ImageKind, torch.Tensor],
    ) -> dict[ImageKind, torch.Tensor]:
        """Return the self-supervised terms."""
        measured = self._monocular.pose_source == ODOMETRY
        terms: dict[ImageKind, torch.Tensor] = {}
        for kind, real in compared(batch).items():
            if not self._compared_weights[kind]:
                continue
            T = real.T if measured else motions[NIGHT if kind == NIGHT else DAY]
            views = Views(real.images, T, real.K, real.depth_factor)
            disparities = outputs[kind].disparities
            if real.compared is None:
                terms[kind] = self._reprojection(views, disparities)
            else:
                terms[kind] = self._reprojection_of(real.compared, views, disparities)
        return terms

    def _reprojection(self, views: Views, disparities: Sequence[torch.Tensor]) -> torch.Tensor:
        images, T = views.images, views.T
        return reprojection_loss(
            images[:, 0],
            [Source(images[:, 1 + side], T[:, side]) for side in (0, 1)],
            disparities,
            views.K,
            self._options,
            depth_factor=views.depth_factor,
        ).total

    def _reprojection_of(
        self, compared: torch.Tensor, views: Views, disparities: Sequence[torch.Tensor]
    ) -> torch.Tensor:
        """Return the mean over a batch in which the samples that are not compared have a loss of 0.

        Args:
            compared: (B,) bool.
            views: Those of the whole batch.
            disparities: Sigmoid maps of the whole batch.
        """
        rows = compared.nonzero()[:, 0]
        if not len(rows):
            # Gradients of 0: those of several processes are averaged only if all arrive.
            return 0.0 * torch.stack([values.sum() for values in disparities]).sum()
        own = self._reprojection(views.map(lambda part: part[rows]), [d[rows] for d in disparities])
        return own * (len(rows) / len(compared))

    def _pose_term(
        self, batch: RgbBatch, motions: dict[ImageKind, torch.Tensor]
    ) -> torch.Tensor | None:
        if not motions or not self._monocular.learns_from_odometry:
            return None
        real = compared(batch)
        measured = torch.cat([real[light].T for light in motions])
        estimated = torch.cat(list(motions.values()))
        return odometry_loss(estimated, measured, self._monocular.rotation_weight)


def _enlarged(values: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    same = values.shape[-2:] == tuple(size)
    return values if same else F.interpolate(values, size, mode='bilinear', align_corners=False)


def _motions(rotation: torch.Tensor, translation: torch.Tensor) -> torch.Tensor:
    """Return T (B, 2, 4, 4), target to previous and next, of motions in order of time (2 B, 3)."""
    (w_before, w_behind), (t_before, t_behind) = rotation.chunk(2), translation.chunk(2)
    before = se3.axisangle_pose(w_before, t_before, invert=True)
    return torch.stack([before, se3.axisangle_pose(w_behind, t_behind)], 1)
