# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training loss of Fan et al. 2024 on a batch of triplets, one module over both networks.

One module, so that the gradients of both are averaged over processes together.
"""

import dataclasses
from collections.abc import Sequence

import torch
from torch import nn

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.losses.pairwise import (
    PairwiseLoss,
    PairwiseOptions,
    View,
    pairwise_loss,
    unmoved_error,
)
from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.precision import at_least_single
from thermal_depth_ros.networks.thermal_depth import ThermalDepthNet
from thermal_depth_ros.networks.thermal_input import depth_input, pose_input
from thermal_depth_ros.training.pose_losses import odometry_loss, travel_loss
from thermal_depth_ros.training.thermal.batch import Batch
from thermal_depth_ros.training.thermal.config import ODOMETRY, ThermalTrainingConfig
from thermal_depth_ros.training.thermal.min_reprojection import min_reprojection_loss

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


class ThermalObjective(nn.Module):
    """Loss of Fan et al. 2024 on a batch of triplets."""

    def __init__(
        self,
        depth: ThermalDepthNet,
        pose: PoseResNet,
        config: ThermalTrainingConfig,
        processes: Processes = ONE_PROCESS,
    ) -> None:
        super().__init__()
        self.depth, self.pose = depth, pose
        self._config = config
        self._options = PairwiseOptions(
            alpha=config.alpha,
            self_discovered_mask=config.self_discovered_mask,
            auto_mask=config.auto_mask,
            min_valid_elements=config.min_valid_elements,
            processes=processes,
        )
        self._weights = {
            'reconstruction': 1.0,
            'smoothness': config.smoothness_weight,
            'geometry': config.geometry_weight,
            'pose': config.pose_weight,
            'velocity': config.velocity_weight,
        }

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        """Return the terms, their weighted sum 'total', and maps for pictures.

        L = L_rec + 0.1 L_sm + 0.5 L_gc (Fan et al. 2024, eq. 3), with reconstruction and geometry
        summed over the ordered pairs and smoothness over the images, plus the optional motion
        losses.
        """
        depths = self._depths(batch['image'])
        if self._config.metric:
            depths = depths * batch['zoom'][:, None, None, None, None]
        estimates = self._config.pose_source != ODOMETRY
        vectors = self._pose_vectors(batch['image']) if estimates else None
        learns = self._config.learns_from_odometry
        of_pairs = self._pair_vectors(batch['pair']) if learns else None
        # Warping needs a higher precision than the networks.
        with torch.autocast(depths.device.type, enabled=False):
            estimated = None if vectors is None else _motions_of(vectors)
            terms, seen = self._view_terms(batch, depths, estimated)
            terms |= self._motion_terms(batch, estimated, of_pairs)
            weighted = [self._weights[name] * term for name, term in terms.items()]
            return {**terms, 'total': torch.stack(weighted).sum(), **seen}

    def _depths(self, images: torch.Tensor) -> torch.Tensor:
        """Return depth (B, N, 1, H, W) of the target, or of all three images in one pass."""
        if not self._config.needs_all_depths:
            images = images[:, :1]
        disparity = at_least_single(self.depth(depth_input(images.flatten(0, 1))))
        return (1.0 / disparity).unflatten(0, images.shape[:2])

    def _pose_vectors(self, images: torch.Tensor) -> torch.Tensor:
        """Run the pose network on all ordered pairs in one pass; inverses are passes too.

        Returns:
            (B, 4, 6): target to sources, then back; (B, 2, 6) without the backward direction.
        """
        frames = pose_input(images, self.pose.channels_per_image)
        sources = frames[:, 1:]
        target = frames[:, :1].expand_as(sources)
        if self._config.both_directions:
            target, sources = torch.cat([target, sources], 1), torch.cat([sources, target], 1)
        vectors = at_least_single(self.pose(target.flatten(0, 1), sources.flatten(0, 1)))
        return vectors.unflatten(0, target.shape[:2])

    def _pair_vectors(self, pairs: torch.Tensor) -> torch.Tensor:
        """Run the pose network on pairs (B, 2, 1, H, W); return (B, 6), first to second."""
        first, second = pose_input(pairs, self.pose.channels_per_image).unbind(1)
        return at_least_single(self.pose(first, second))

    def _view_terms(
        self, batch: Batch, depths: torch.Tensor, estimated: Motions | None
    ) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Return the terms that compare views, and maps for pictures."""
        motions = estimated
        if motions is None:
            motions = _odometry(batch)
        views = [
            View(image, depth)
            for image, depth in zip(batch['loss_image'].unbind(1), depths.unbind(1), strict=False)
        ]
        pairs = self._pairs(batch, views, motions)
        smooth = [smoothness(mean_normalised(self._smooth(v.depth)), v.image) for v in views]
        terms = {'reconstruction': pairs.reconstruction, 'smoothness': torch.stack(smooth).sum()}
        if self._config.needs_all_depths:
            terms['geometry'] = pairs.geometry
        seen = {'depth': depths[:, 0], 'warped': pairs.warped, 'mask': pairs.mask}
        return terms, {name: value.detach() for name, value in seen.items()}

    def _smooth(self, depth: torch.Tensor) -> torch.Tensor:
        return depth if self._config.smooth_on == 'depth' else 1.0 / depth

    def _pairs(self, batch: Batch, views: list[View], motions: Motions) -> PairwiseLoss:
        """Compare the ordered pairs in one pass: target to sources, then sources to target."""
        K, target, options = batch['K'], views[0], self._options
        # Without source depths, those of the target stand in; their results are not used.
        sources = views[1:] or [View(batch['loss_image'][:, i], target.depth) for i in SOURCES]
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

    def _motion_terms(
        self, batch: Batch, estimated: Motions | None, of_pairs: torch.Tensor | None
    ) -> dict[str, torch.Tensor]:
        """Return the terms that compare estimated with measured motions."""
        config, terms = self._config, {}
        if of_pairs is not None:
            found, measured = se3.pose_vec_to_matrix(of_pairs), batch['pair_T']
            terms['pose'] = odometry_loss(found, measured, config.rotation_weight)
        if estimated is not None and config.velocity_weight > 0:
            repeats = estimated.all.shape[1] // len(SOURCES)
            terms['velocity'] = travel_loss(estimated.all, batch['travelled_m'].repeat(1, repeats))
        return terms


class MotionObjective(ThermalObjective):
    """Odometry loss alone; the depth network is not run."""

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        """Return the term 'pose' and the weighted 'total'."""
        of_pairs = self._pair_vectors(batch['pair'])
        with torch.autocast(of_pairs.device.type, enabled=False):
            pose = self._motion_terms(batch, None, of_pairs)['pose']
            return {'pose': pose, 'total': self._weights['pose'] * pose}


def _joined(views: Sequence[View]) -> View:
    """Concatenate views along the batch."""
    images, depths = zip(*((view.image, view.depth) for view in views), strict=True)
    return View(torch.cat(images), torch.cat(depths))


def _motions_of(vectors: torch.Tensor) -> Motions:
    motions = se3.pose_vec_to_matrix(vectors)
    return Motions(motions[:, : len(SOURCES)], motions[:, len(SOURCES) :])


def _odometry(batch: Batch) -> Motions:
    return Motions(batch['T'], se3.invert(batch['T']))
