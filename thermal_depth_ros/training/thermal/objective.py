# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training loss of Fan et al. 2024 on a batch of triplets, one module over both networks.

One module, so that the gradients of both are averaged over processes together.
"""

import dataclasses
import math
from collections.abc import Sequence

import torch
from torch import nn

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.geometry.focal import pose_vector_for_focal
from thermal_depth_ros.geometry.intrinsics import resized_intrinsics
from thermal_depth_ros.losses.ground_plane import ground_loss
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.losses.measured_depth import measured_depth_loss
from thermal_depth_ros.losses.pairwise import (
    PairwiseLoss,
    PairwiseOptions,
    View,
    pairwise_loss,
    unmoved_error,
)
from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.precision import at_least_single
from thermal_depth_ros.networks.thermal_input import depth_input, pose_input
from thermal_depth_ros.training.engine.batch import LossTerms, StepLoss, weighted_sum
from thermal_depth_ros.training.thermal.batch import PairBatch, ThermalBatch
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.min_reprojection import min_reprojection_loss
from thermal_depth_ros.training.thermal.scales import halved_options, halved_view, mean_of_scales
from thermal_depth_ros.training.video.config import ODOMETRY
from thermal_depth_ros.training.video.kept_features import KeptFeatures
from thermal_depth_ros.training.video.pose_losses import odometry_loss, travel_loss

SOURCES = (1, 2)  # previous and next; the target is 0


@dataclasses.dataclass(frozen=True)
class Motions:
    """Motions between the views of a batch."""

    forward: torch.Tensor  # (B, 2, 4, 4) target to sources
    backward: torch.Tensor  # (B, 2, 4, 4) sources to target; (B, 0, 4, 4) where not needed

    @property
    def all(self) -> torch.Tensor:
        """All of them (B, N, 4, 4), forward first."""
        return torch.cat([self.forward, self.backward], 1)


@dataclasses.dataclass(frozen=True)
class ThermalTerms(LossTerms):
    """Terms of Fan et al. 2024, eq. 3, and the optional motion losses."""

    reconstruction: torch.Tensor | None = None
    geometry: torch.Tensor | None = None
    smoothness: torch.Tensor | None = None
    pose: torch.Tensor | None = None
    velocity: torch.Tensor | None = None
    depth: torch.Tensor | None = None
    ground: torch.Tensor | None = None


@dataclasses.dataclass(frozen=True)
class ThermalMaps:
    """Detached maps of the target.

    Attributes:
        depth: (B, 1, H, W) in network units.
        warped: (B, 1, H, W) loss image of a neighbour as seen from the target; None if no loss
            compares views.
        mask: (B, 1, H, W) pixels that contribute to the loss; None likewise.
    """

    depth: torch.Tensor
    warped: torch.Tensor | None = None
    mask: torch.Tensor | None = None


ThermalLoss = StepLoss[ThermalTerms, ThermalMaps | None]


class ThermalObjective(nn.Module):
    """Loss of Fan et al. 2024 on a batch of triplets."""

    def __init__(
        self,
        depth: DptDepthNet,
        pose: PoseResNet,
        config: ThermalTrainingConfig,
        processes: Processes = ONE_PROCESS,
        kept: KeptFeatures | None = None,
        ground: bool = False,
    ) -> None:
        super().__init__()
        self.depth, self.pose, self.kept = depth, pose, kept
        self._ground = ground
        # A tensor, which the task fills before each step: nothing is compiled anew.
        self.ground_weight: torch.Tensor
        self.register_buffer('ground_weight', torch.zeros(()), persistent=False)
        self._config = config
        self._options = PairwiseOptions(
            alpha=config.alpha,
            self_discovered_mask=config.self_discovered_mask,
            auto_mask=config.auto_mask,
            min_valid_elements=config.min_valid_elements,
            processes=processes,
        )

    def forward(self, batch: ThermalBatch) -> ThermalLoss:
        """Return the loss of a complete batch.

        L = L_rec + 0.1 L_sm + 0.5 L_gc (Fan et al. 2024, eq. 3), with reconstruction and geometry
        summed over the ordered pairs and smoothness over the images, plus the optional motion
        losses.
        """
        config = self._config
        depths = self._depths(batch)
        if config.metric:
            depths = depths * batch.depth_factor[:, None, None, None, None]
        needed = config.compares_views and config.pose_source != ODOMETRY
        vectors = self._pose_vectors(batch) if needed else None
        of_pairs = self._pair_vectors(batch) if config.has_pairs else None
        # Warping needs a higher precision than the networks.
        with torch.autocast(depths.device.type, enabled=False):
            estimated = None if vectors is None else _motions_of(vectors)
            pose = None if of_pairs is None else self._pose_term(batch, of_pairs)
            terms = ThermalTerms(
                pose=pose,
                depth=self._depth_term(batch, depths),
                ground=self._ground_term(batch, depths),
            )
            maps = ThermalMaps(depths[:, 0].detach())
            if config.compares_views:
                pairs, smooth = self._compare(batch, depths, estimated)
                terms = dataclasses.replace(
                    terms,
                    reconstruction=pairs.reconstruction,
                    geometry=pairs.geometry if config.needs_all_depths else None,
                    smoothness=smooth,
                    velocity=self._velocity_term(batch, estimated),
                )
                maps = ThermalMaps(maps.depth, pairs.warped.detach(), pairs.mask.detach())
            total = weighted_sum(
                (config.reconstruction_weight, terms.reconstruction),
                (config.smoothness_weight, terms.smoothness),
                (config.geometry_weight, terms.geometry),
                (config.pose_weight, terms.pose),
                (config.velocity_weight, terms.velocity),
                (config.depth_weight, terms.depth),
                (1.0, terms.ground),
            )
            return StepLoss(total, terms, maps)

    def _depths(self, batch: ThermalBatch) -> torch.Tensor:
        """Return depth (B, N, 1, H, W) of the target, or of all three images in one pass."""
        count = batch.image.shape[1] if self._config.needs_all_depths else 1
        images, features = batch.image[:, :count], None
        if self.kept is not None and batch.entries is not None:
            features = self.kept.of(self.depth.backbone, batch.entries[:, :count].flatten())
        disparity = at_least_single(self.depth(depth_input(images.flatten(0, 1)), features))
        return (1.0 / disparity).unflatten(0, images.shape[:2])

    def _pose_vectors(self, batch: ThermalBatch) -> torch.Tensor:
        """Run the pose network on all ordered pairs in one pass; inverses are passes too.

        Returns:
            (B, 4, 6): target to sources, then back; (B, 2, 6) without the backward direction.
        """
        frames = pose_input(batch.image, self.pose.channels_per_image)
        sources = frames[:, 1:]
        target = frames[:, :1].expand_as(sources)
        if self._config.both_directions:
            target, sources = torch.cat([target, sources], 1), torch.cat([sources, target], 1)
        vectors = at_least_single(self.pose(target.flatten(0, 1), sources.flatten(0, 1)))
        return pose_vector_for_focal(vectors.unflatten(0, target.shape[:2]), batch.focal_ratio)

    def _pair_vectors(self, batch: ThermalBatch) -> torch.Tensor:
        """Run the pose network on the pairs; return (B, 6), first to second."""
        images = _pairs_of(batch).image
        first, second = pose_input(images, self.pose.channels_per_image).unbind(1)
        vectors = at_least_single(self.pose(first, second))
        return pose_vector_for_focal(vectors, _pairs_of(batch).focal_ratio)

    def _compare(
        self, batch: ThermalBatch, depths: torch.Tensor, estimated: Motions | None
    ) -> tuple[PairwiseLoss, torch.Tensor]:
        """Return the comparison of the views, and the smoothness term."""
        views = [
            View(image, depth)
            for image, depth in zip(batch.compared.unbind(1), depths.unbind(1), strict=False)
        ]
        # Without source depths, those of the target stand in; their results are not used.
        others = batch.compared[:, len(views) :].unbind(1)
        shown = views + [View(image, views[0].depth) for image in others]
        motions = estimated or Motions(batch.T, se3.invert(batch.T))
        pairs = self._all_scales(shown, motions, batch.K)
        smooth = [smoothness(mean_normalised(self._smooth(v.depth)), v.image) for v in views]
        return pairs, torch.stack(smooth).sum()

    def _smooth(self, depth: torch.Tensor) -> torch.Tensor:
        return depth if self._config.smooth_on == 'depth' else 1.0 / depth

    def _all_scales(self, views: list[View], motions: Motions, K: torch.Tensor) -> PairwiseLoss:
        """Compare the views at every size."""
        options = self._options
        found = [self._pairs(views, motions, K, options)]
        for _ in range(1, self._config.comparison_scales):
            before = views[0].image.shape[-2:]
            views, options = [halved_view(view) for view in views], halved_options(options)
            K = resized_intrinsics(K, before, views[0].image.shape[-2:])
            found.append(self._pairs(views, motions, K, options))
        return mean_of_scales(found)

    def _pairs(
        self, views: list[View], motions: Motions, K: torch.Tensor, options: PairwiseOptions
    ) -> PairwiseLoss:
        """Compare the ordered pairs in one pass: target to sources, then sources to target."""
        target, *sources = views
        if self._config.min_reprojection:
            return min_reprojection_loss(target, sources, motions.forward, K, options)
        this, that = _joined([target] * len(sources)), _joined(sources)
        still = unmoved_error(this, that, options) if options.auto_mask else None
        T = list(motions.forward.unbind(1))
        if self._config.both_directions:
            this, that = _joined([this, that]), _joined([that, this])
            still = None if still is None else still.repeat(2, 1, 1, 1)
            T += motions.backward.unbind(1)
        K = K.repeat(len(T), 1, 1)
        return pairwise_loss(this, that, torch.cat(T), K, options, len(T), still)

    def _pose_term(self, batch: ThermalBatch, vectors: torch.Tensor) -> torch.Tensor:
        """Compare estimated motions of the pairs with known ones."""
        estimated, measured = se3.pose_vec_to_matrix(vectors), _pairs_of(batch).T
        return odometry_loss(estimated, measured, self._config.rotation_weight)

    def _velocity_term(self, batch: ThermalBatch, estimated: Motions | None) -> torch.Tensor | None:
        """Compare estimated with measured travel; None if there is no such term."""
        if estimated is None or self._config.velocity_weight == 0:
            return None
        repeats = estimated.all.shape[1] // len(SOURCES)
        return travel_loss(estimated.all, batch.travelled_m.repeat(1, repeats))

    def _depth_term(self, batch: ThermalBatch, depths: torch.Tensor) -> torch.Tensor | None:
        """Return the loss on the true depth of the target; None if there is none."""
        if batch.depth_m is None:
            return None
        return measured_depth_loss(
            depths[:, 0],
            batch.depth_m,
            far_depth_m=self._config.far_depth_m or math.inf,
            far_weight=self._config.far_weight,
        )

    def _ground_term(self, batch: ThermalBatch, depths: torch.Tensor) -> torch.Tensor | None:
        """Return the loss on the depth of an even ground, weighted; None if there is none."""
        if not self._ground:
            return None
        K = batch.K.repeat_interleave(depths.shape[1], 0)
        return self.ground_weight * ground_loss(depths.flatten(0, 1), K)


class MotionObjective(ThermalObjective):
    """Odometry loss alone; the depth network is not run."""

    def forward(self, batch: ThermalBatch) -> ThermalLoss:
        """Return the loss, whose only term is that of the pose network."""
        vectors = self._pair_vectors(batch)
        with torch.autocast(vectors.device.type, enabled=False):
            pose = self._pose_term(batch, vectors)
            return StepLoss(self._config.pose_weight * pose, ThermalTerms(pose=pose), None)


def _joined(views: Sequence[View]) -> View:
    """Concatenate views along the batch."""
    images, depths = zip(*((view.image, view.depth) for view in views), strict=True)
    return View(torch.cat(images), torch.cat(depths))


def _motions_of(vectors: torch.Tensor) -> Motions:
    motions = se3.pose_vec_to_matrix(vectors)
    return Motions(motions[:, : len(SOURCES)], motions[:, len(SOURCES) :])


def _pairs_of(batch: ThermalBatch) -> PairBatch:
    assert batch.pairs is not None, 'pairs were asked for'
    return batch.pairs
