# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of self-supervised RGB depth training: a daytime teacher or DepthSegNet24.

Defaults are the paper's, and Monodepth2's where it is silent.
"""

import dataclasses
import functools

from thermal_depth_ros.evaluation.depth_metrics import PROTOCOLS
from thermal_depth_ros.settings import setting

NETWORK, ODOMETRY, BOTH = 'network', 'odometry', 'both'
STEP, POLY, CONSTANT = 'step', 'poly', 'none'
_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class MonocularConfig:
    """Networks, schedule, losses and augmentation of depth that is learned from RGB video."""

    start_bundle: str = _fixed(
        '', 'RGB bundle whose weights training begins with, part by part where they fit'
    )
    encoder_weights: str = _fixed(
        '', 'File of a ResNet-18 trained on ImageNet, for both encoders; without: random weights'
    )
    encoder_width: int = _fixed(
        64,
        'Channels of the first stage of both encoders, to which all others are in proportion; 64 '
        'is the paper, 32 takes a quarter of the time',
        minimum=4,
        maximum=1024,
    )
    min_depth: float = _fixed(0.1, 'Nearest depth of the network', minimum=1e-3, maximum=1e3)
    max_depth: float = _fixed(100.0, 'Farthest depth of the network', minimum=1e-2, maximum=1e5)
    start_depth: float = _fixed(
        0.0,
        'Depth that a decoder from a random start begins at, m with odometry; 0: wherever it is',
        minimum=0.0,
        maximum=1e4,
    )
    epochs: int = _fixed(40, 'Epochs', minimum=1)
    learning_rate: float = _fixed(2.5e-4, 'Of Adam', minimum=0.0, maximum=1.0)
    schedule: str = _fixed(
        STEP,
        'Learning rate: falling by step_factor every step_epochs, falling as (1 - t)^poly_power, '
        'or constant',
        choices=(STEP, POLY, CONSTANT),
    )
    step_epochs: int = _fixed(15, 'Epochs between two falls of the learning rate', minimum=1)
    step_factor: float = _fixed(0.1, 'What is left of it after a fall', minimum=1e-6, maximum=1.0)
    poly_power: float = _fixed(0.9, 'Power of the schedule poly', minimum=0.0, maximum=10.0)
    warmup_steps: int = _fixed(0, 'Steps in which the learning rate rises from 0', minimum=0)
    average_decay: float = _fixed(
        0.0,
        'Decay per step of the running average of the weights that is validated and exported; '
        '0: the weights themselves',
        minimum=0.0,
        maximum=0.99999,
    )
    alpha: float = _fixed(
        0.85, 'Share of structure in the photometric error', minimum=0.0, maximum=1.0
    )
    min_reprojection: bool = _fixed(
        True, 'Of the two neighbours take the better for each pixel; else their mean'
    )
    auto_mask: bool = _fixed(True, 'Leave out pixels that look better without any motion')
    smoothness_weight: float = _fixed(
        1e-3, 'Of the smoothness, halved from scale to scale', minimum=0.0
    )
    smooth_on: str = _fixed(
        'disp', 'What is to be smooth, divided by its mean', choices=('disp', 'depth')
    )
    day_weight: float = _fixed(1.0, 'Of the reprojection of real day', minimum=0.0)
    pose_source: str = _fixed(
        NETWORK,
        'Motion between views: the pose network as in the paper; odometry, from which the pose '
        'network learns beside; or both: the pose network with a loss on odometry',
        choices=(NETWORK, ODOMETRY, BOTH),
    )
    pose_weight: float = _fixed(
        1.0,
        'Of the loss of the pose network on odometry, per metre, with odometry or both',
        minimum=0.0,
    )
    rotation_weight: float = _fixed(10.0, 'Of a radian beside a metre in that loss', minimum=0.0)
    flip_probability: float = _fixed(0.5, 'Of mirrored samples', minimum=0.0, maximum=1.0)
    max_zoom: float = _fixed(
        1.0, 'Largest enlargement before a crop of the old size', minimum=1.0, maximum=4.0
    )
    jitter_probability: float = _fixed(
        0.5,
        'Of other colours in what the networks see: brightness, contrast and saturation up to '
        '20 %, hue up to a tenth of a turn',
        minimum=0.0,
        maximum=1.0,
    )
    protocol: str = _fixed(
        'nuscenes', 'How validation depth is judged', choices=tuple(sorted(PROTOCOLS))
    )
    validation_limit: int = _fixed(
        200, 'Most images of each light that are judged, spread evenly; 0: all', minimum=0
    )
    weights_dtype: str = _fixed(
        'fp32', 'Storage of the weights of the bundle', choices=('fp32', 'fp16', 'bf16')
    )
    licence: str = _fixed('unknown', 'Licence of the bundle')
    description: str = _fixed('', 'Of the bundle, in words')

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = []
        if not self.min_depth < self.max_depth:
            found.append(f'min_depth: {self.min_depth:g} is not below max_depth {self.max_depth:g}')
        if self.start_depth and not self.min_depth < self.start_depth < self.max_depth:
            found.append(
                f'start_depth: {self.start_depth:g} is not between min_depth and max_depth'
            )
        if self.encoder_weights and self.encoder_width != 64:
            found.append(
                f'encoder_width: a ResNet-18 of ImageNet is 64 wide, not {self.encoder_width}; '
                'leave encoder_weights empty'
            )
        if self.pose_source == BOTH and self.pose_weight == 0:
            found.append('pose_weight: 0 leaves nothing of odometry in pose_source both')
        return found

    @property
    def learns_from_odometry(self) -> bool:
        """Whether the pose network has a loss on odometry."""
        return self.pose_source != NETWORK and self.pose_weight > 0

    @property
    def trains_pose(self) -> bool:
        """Whether the pose network learns at all."""
        return self.pose_source != ODOMETRY or self.pose_weight > 0


@dataclasses.dataclass(frozen=True)
class DepthTeacherConfig(MonocularConfig):
    """Networks, schedule, losses and augmentation of a daytime depth teacher (Monodepth2)."""
