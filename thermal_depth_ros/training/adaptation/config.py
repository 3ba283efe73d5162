# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""User settings of an adaptation."""

import dataclasses

from thermal_depth_ros.base.settings import setting

AUTO, BUNDLE_DECODER, NEW_DECODER = 'auto', 'bundle', 'new'


@dataclasses.dataclass(frozen=True)
class AdaptConfig:
    """Bundle, camera and budget of an adaptation; what is empty is chosen by the recording."""

    bundle: str = setting(
        '', 'Bundle to adapt; empty takes thermal_default or rgb_default, as the camera is'
    )
    kind: str = setting(
        '',
        'Kind of the camera; empty takes that of the only camera',
        choices=('', 'thermal', 'rgb'),
    )
    minutes: float = setting(20.0, 'Time for everything, min', minimum=0.01, maximum=1e5)
    epochs: int = setting(
        60, 'Most epochs; fewer are trained if the time allows no more', minimum=1, maximum=10000
    )
    decoder: str = setting(
        AUTO,
        'Depth decoder that the training of an RGB bundle starts from: that of the bundle, a new '
        'one on its encoder, or auto: both, each in half of the time, if the encoder is a '
        'pre-trained one of timm',
        choices=(AUTO, BUNDLE_DECODER, NEW_DECODER),
    )
    image_topic: str = setting('', 'Topic of the images; empty takes the only camera')
    info_topic: str = setting('', 'Topic of the CameraInfo; empty takes that of the images')
    calibration: str = setting('', 'Calibration file, instead of CameraInfo messages')
    pose_topic: str = setting(
        '',
        'Topic of the poses, as in train, such as /odom or /tf@odom:base_link; empty takes the '
        'only odometry, none trains without poses',
    )
    depth_topic: str = setting(
        '',
        'Topic of the true depth for the comparison, images or points of a LiDAR; empty searches '
        'for it, none disables it',
    )
    first_frame: int = setting(0, 'Index of the first image used from each recording', minimum=0)
    last_frame: int = setting(
        0, 'Index of the image before which each recording ends; 0 uses all', minimum=0
    )
    held_out_fraction: float = setting(
        0.2, 'Fraction of each recording, at its end, to compare on', minimum=0.01, maximum=0.9
    )
    held_out_frames: int = setting(
        0, 'Number of images held out instead of held_out_fraction; 0 uses the fraction', minimum=0
    )
    max_triplets: int = setting(
        2000, 'Most training triplets, spread evenly; 0 uses all', minimum=0
    )
    learning_rate: float = setting(
        0.0, 'Learning rate; 0 takes that of the plan', minimum=0.0, maximum=1.0
    )
    batch_size: int = setting(4, 'Samples per step', minimum=1, maximum=4096)
    protocol: str = setting(
        'thermal_outdoor',
        'Protocol of the depth metrics: up to 80 m (outdoor) or up to 10 m (indoor)',
        choices=('thermal_outdoor', 'thermal_indoor'),
    )
    seed: int = setting(0, 'Random seed', minimum=0, maximum=2**31 - 1)
    device: str = setting('auto', 'Compute device: auto, cpu, cuda or cuda:N')
    threads: int = setting(0, 'CPU threads; 0 leaves the choice to PyTorch', minimum=0, maximum=256)
    workers: int = setting(
        -1, 'Data loader workers; 0 loads in the training process', minimum=-1, maximum=64
    )
    cache_dir: str = setting('', "Folder for decoded images; empty uses the user's cache")
    max_cache_gb: float = setting(
        20.0,
        'Most decoded data in the cache, GB; beyond it, what no process uses is removed; 0 '
        'removes nothing',
        minimum=0.0,
    )
