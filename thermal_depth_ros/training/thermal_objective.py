# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Paper 1's training loss of a batch of triplets, as one module over both networks.

One module, so that the gradients of both are averaged over processes together.
"""

import dataclasses

import torch
from torch import nn

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.losses.pairwise import PairwiseLoss, PairwiseOptions, View, pairwise_loss
from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.thermal_depth import ThermalDepthNet
from thermal_depth_ros.networks.thermal_input import depth_input, pose_input
from thermal_depth_ros.training.best_source import best_source_loss
from thermal_depth_ros.training.pose_losses import odometry_loss, travel_loss
from thermal_depth_ros.training.thermal_batch import Batch
from thermal_depth_ros.training.thermal_config import NETWORK, ODOMETRY, ThermalTrainingConfig

SOURCES = (1, 2)  # previous and next; the target is 0


@dataclasses.dataclass(frozen=True)
class Motions:
    """Motions between the views of a batch."""

    forward: torch.Tensor  # (B, 2, 4, 4) target to sources
    backward: torch.Tensor  # (B, 2, 4, 4) sources to target


class ThermalObjective(nn.Module):
    """Depth and motion of triplets, and what is wrong with them."""

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
            self_weight=config.self_weight,
            auto_mask=config.auto_mask,
            min_valid_elements=config.min_valid_elements,
            processes=processes,
        )

    @property
    def needs_all_depths(self) -> bool:
        """Whether the loss reads the depth of the neighbours."""
        config = self._config
        return config.both_directions or config.self_weight or config.geometry_weight > 0

    @property
    def trains_pose(self) -> bool:
        """Whether the pose network takes part."""
        return self._config.pose_source != ODOMETRY or self._config.pose_weight > 0

    @property
    def _estimates_views(self) -> bool:
        """Whether the motion between the views is asked of the pose network."""
        learns_from_pairs = self._config.pose_source == ODOMETRY and self._config.pose_interval > 0
        return self.trains_pose and not learns_from_pairs

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        """Return the terms, their weighted sum 'total', and maps for pictures.

        L = L_rec + 0.1 L_sm + 0.5 L_gc (paper 1), reconstruction and geometry summed over the
        ordered pairs, smoothness over the images; with the options the losses of the motion.
        """
        config = self._config
        depths = self._depths(batch['image'])
        estimated = self._estimated_motions(batch['image']) if self._estimates_views else None
        motions = self._motions(batch, estimated)
        views = [
            View(batch['loss_image'][:, index], depths[:, index])
            for index in range(depths.shape[1])
        ]
        terms, pair = self._view_terms(batch, views, motions)
        total = terms['reconstruction'] + config.smoothness_weight * terms['smoothness']
        total = total + config.geometry_weight * terms['geometry']
        if config.pose_source != NETWORK and config.pose_weight > 0:
            terms['pose'] = self._odometry_term(batch, estimated)
            total = total + config.pose_weight * terms['pose']
        if estimated is not None and config.velocity_weight > 0:
            terms['velocity'] = travel_loss(estimated.forward, batch['travelled_m'])
            total = total + config.velocity_weight * terms['velocity']
        seen = {
            'depth': depths[:, 0].detach(),
            'warped': pair.warped.detach(),
            'mask': pair.mask.detach(),
        }
        return {**terms, 'total': total, **seen}

    def _depths(self, images: torch.Tensor) -> torch.Tensor:
        """Return depth (B, N, 1, H, W) of the target, or of all three images in one pass."""
        if not self.needs_all_depths:
            images = images[:, :1]
        batch, views = images.shape[:2]
        disparity = self.depth(depth_input(images.flatten(0, 1))).float()
        return (1.0 / disparity).unflatten(0, (batch, views))

    def _estimated_motions(self, images: torch.Tensor) -> Motions:
        """Run the pose network on all ordered pairs in one pass; inverses are passes too."""
        frames = pose_input(images, self.pose.channels_per_image)
        target = frames[:, :1].expand(-1, 2, -1, -1, -1)
        sources = frames[:, 1:]
        first = torch.cat([target, sources], 1).flatten(0, 1)
        second = torch.cat([sources, target], 1).flatten(0, 1)
        vectors = self.pose(first, second).float().unflatten(0, (-1, 4))
        motions = se3.pose_vec_to_matrix(vectors)
        return Motions(motions[:, :2], motions[:, 2:])

    def _motions(self, batch: Batch, estimated: Motions | None) -> Motions:
        if self._config.pose_source == ODOMETRY or estimated is None:
            return Motions(batch['T'], se3.invert(batch['T']))
        return estimated

    def _odometry_term(self, batch: Batch, estimated: Motions | None) -> torch.Tensor:
        """Compare the pose network with odometry, on pairs of their own or on the views."""
        weight = self._config.rotation_weight
        if 'pair' in batch:
            first, second = pose_input(batch['pair'], self.pose.channels_per_image).unbind(1)
            found = se3.pose_vec_to_matrix(self.pose(first, second).float())
            return odometry_loss(found, batch['pair_T'], weight)
        assert estimated is not None, 'without pairs the views are estimated'
        measured = torch.cat([batch['T'], se3.invert(batch['T'])], 1)
        found = torch.cat([estimated.forward, estimated.backward], 1)
        return odometry_loss(found, measured, weight)

    def _view_terms(
        self, batch: Batch, views: list[View], motions: Motions
    ) -> tuple[dict[str, torch.Tensor], PairwiseLoss]:
        """Return reconstruction, geometry and smoothness, and one pair for pictures."""
        K = batch['K']
        if self._config.best_source:
            sources = [batch['loss_image'][:, index] for index in SOURCES]
            depths = [view.depth for view in views[1:]] or None
            reconstruction, geometry, pair = best_source_loss(
                views[0], sources, depths, motions.forward, K, self._options
            )
        else:
            pairs = self._pairs(batch, views, motions)
            reconstruction = torch.stack([p.reconstruction for p in pairs]).sum()
            geometry = torch.stack([p.geometry for p in pairs]).sum()
            pair = pairs[0]
        smooth = [smoothness(mean_normalised(view.depth), view.image) for view in views]
        terms = {
            'reconstruction': reconstruction,
            'geometry': geometry,
            'smoothness': torch.stack(smooth).sum(),
        }
        return terms, pair

    def _pairs(self, batch: Batch, views: list[View], motions: Motions) -> list[PairwiseLoss]:
        """Return the ordered pairs: target to sources, then sources to target."""
        K, target = batch['K'], views[0]
        sources = views[1:] or [
            View(batch['loss_image'][:, index], target.depth) for index in SOURCES
        ]
        pairs = [
            pairwise_loss(target, source, motions.forward[:, i], K, self._options)
            for i, source in enumerate(sources)
        ]
        if self._config.both_directions:
            pairs += [
                pairwise_loss(source, target, motions.backward[:, i], K, self._options)
                for i, source in enumerate(sources)
            ]
        return pairs
