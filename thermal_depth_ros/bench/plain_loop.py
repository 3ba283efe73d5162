# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A plain thermal training loop: what the trainer's speed is compared with.

The same networks, losses and augmentation, as one writes them down first: images decoded from the
recording in the loop, one forward pass for each image and for each ordered pair, single precision,
PyTorch's own choices of layout and optimiser.
"""

from collections.abc import Sequence
from typing import Any, cast

import torch

from thermal_depth_ros.bench.bag_triplets import BagTriplets
from thermal_depth_ros.geometry.se3 import pose_vec_to_matrix
from thermal_depth_ros.losses.pairwise import PairwiseOptions, View, pairwise_loss
from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness
from thermal_depth_ros.networks.thermal_input import depth_input, pose_input
from thermal_depth_ros.networks.trainable import trainable_parameters, training_mode
from thermal_depth_ros.samples.sample_set import SampleSet
from thermal_depth_ros.thermal.temporal_mapping import TemporalMapping
from thermal_depth_ros.training.task import SampleKey
from thermal_depth_ros.training.thermal_batch import Batch, BatchMaker, LossImages
from thermal_depth_ros.training.thermal_config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal_stages import STAGE_TWO, enter_stage, stages_of
from thermal_depth_ros.training.thermal_start import start_networks


class PlainLoop:
    """Trains the networks of one stage."""

    def __init__(
        self,
        method: ThermalTrainingConfig,
        stage: str,
        triplets: BagTriplets,
        device: torch.device,
        seed: int = 0,
    ) -> None:
        start = start_networks(method, seed)
        for entered in stages_of(method):
            enter_stage(entered, start, method, seed)
            if entered.name == stage:
                break
        self._networks = torch.nn.ModuleList([start.depth, start.pose]).to(device)
        self._depth, self._pose, self._device = start.depth, start.pose, device
        self._method = method
        self._options = PairwiseOptions(
            method.alpha, method.self_weight, method.auto_mask, method.min_valid_elements
        )
        self._optimiser = torch.optim.Adam(
            trainable_parameters(self._networks), method.learning_rate
        )
        kind = method.stage2_loss_image if stage == STAGE_TWO else method.stage1_loss_image
        self._make_batch = BatchMaker(
            cast('SampleSet', triplets),
            start.mapping,
            LossImages(kind, TemporalMapping()),
            method.max_zoom,
            method.flip_probability,
        )

    def step(self, keys: Sequence[SampleKey]) -> float:
        """Do one step; return the loss."""
        training_mode(self._networks)
        batch = self._make_batch(keys)
        loss = self.loss({name: value.to(self._device) for name, value in batch.items()})
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return loss.item()

    def loss(self, batch: Batch) -> torch.Tensor:
        """Return the thermal loss of a batch of `BatchMaker`."""
        images, K, method = batch['image'], batch['K'], self._method
        depths = [1.0 / self._depth(depth_input(images[:, index])) for index in range(3)]
        views = [View(batch['loss_image'][:, i], depth) for i, depth in enumerate(depths)]
        seen = pose_input(images, self._pose.channels_per_image)
        reconstruction: Any = 0.0
        geometry: Any = 0.0
        for target, source in ((0, 1), (0, 2), (1, 0), (2, 0)):
            T = pose_vec_to_matrix(self._pose(seen[:, target], seen[:, source]))
            pair = pairwise_loss(views[target], views[source], T, K, self._options)
            reconstruction = reconstruction + pair.reconstruction
            geometry = geometry + pair.geometry
        smooth = sum(smoothness(mean_normalised(view.depth), view.image) for view in views)
        total = reconstruction + method.geometry_weight * geometry
        return cast('torch.Tensor', total + method.smoothness_weight * smooth)
