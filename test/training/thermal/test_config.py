# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of thermal training: defaults and contradictions."""

import pytest

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig


def test_defaults_are_the_papers():
    paper = {
        'variant': 'full',
        'stage1_epochs': 400,
        'stage2_epochs': 400,
        'stage1_backbone': 'frozen',
        'learning_rate': 1e-4,
        'schedule': 'constant',
        'warmup_steps': 0,
        'average_decay': 0.0,
        'mapping': 'percentile',
        'stage1_loss_image': 'window',
        'stage2_loss_image': 'temporal_mapping',
        'mapping_bins': 30,
        'clahe_clip': 2.0,
        'clahe_tiles': 8,
        'alpha': 0.85,
        'smoothness_weight': 0.1,
        'geometry_weight': 0.5,
        'self_discovered_mask': True,
        'auto_mask': True,
        'both_directions': True,
        'min_valid_elements': 10000,
        'pose_source': 'network',
        'velocity_weight': 0.0,
        'flip_probability': 0.5,
        'max_zoom': 1.15,
        'lora_rank': 4,
        'lora_alpha': 4.0,
        'adapter_channels': 4,
    }
    config = ThermalTrainingConfig()
    assert {name: getattr(config, name) for name in paper} == paper
    assert config.problems() == []
    assert config.trains_pose and config.needs_all_depths and not config.learns_from_odometry


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'min_reprojection': True}, 'min_reprojection: needs both_directions off'),
        ({'low_fraction': 0.6, 'high_fraction': 0.5}, 'low_fraction: 0.6 is not below'),
        ({'min_celsius': 30.0}, 'min_celsius: 30 is not below max_celsius 30'),
        (
            {'pose_source': 'odometry', 'velocity_weight': 0.1},
            'velocity_weight: has no effect with pose_source odometry',
        ),
        ({'pose_source': 'both', 'pose_weight': 0.0}, 'pose_weight: 0 disables odometry'),
        ({'pose_interval': 3}, 'pose_interval: has no effect'),
        (
            {'pose_source': 'odometry', 'ground_steps': 10},
            'ground_steps: the scale of depth is known',
        ),
        (
            {'pose_source': 'both', 'turned_views_deg': 5.0},
            'turned_views_deg: pose_source both gives rotations',
        ),
        ({'turned_views_deg': 5.0, 'pose_weight': 0.0}, 'turned_views_deg: has no effect'),
        (
            {
                'comparison_scales': 2,
                'pose_source': 'odometry',
                'depth_weight': 1.0,
                'reconstruction_weight': 0.0,
                'geometry_weight': 0.0,
                'smoothness_weight': 0.0,
            },
            'comparison_scales: has no effect',
        ),
        ({'max_aspect': 0.5}, 'max_aspect: 0.5 is below 1, and not 0'),
        ({'max_aspect': 1.2, 'max_zoom': 1.0}, 'max_aspect: has no effect with max_zoom 1'),
        ({'max_low_fraction': 0.005}, 'max_low_fraction: 0.005 is below low_fraction 0.01'),
        ({'min_high_fraction': 0.995}, 'min_high_fraction: 0.995 is above high_fraction 0.99'),
        (
            {'max_low_fraction': 0.1, 'mapping': 'window'},
            'max_low_fraction: has no effect with mapping window',
        ),
        (
            {'pose_interval': 3, 'pose_source': 'odometry', 'pose_weight': 0.0},
            'pose_interval: has no effect',
        ),
        ({'start_depth': 0.05}, 'start_depth: 0.05 is below'),
        ({'stage1_epochs': 0}, 'stage1_epochs: 0 needs a start_bundle'),
        ({'stage1_epochs': 0, 'stage2_epochs': 0}, 'both are 0, nothing is trained'),
        ({'stage1_epochs': 0, 'variant': 'no_stage2'}, 'both are 0, nothing is trained'),
    ],
)
def test_contradictions_are_named(values, message):
    found = ThermalTrainingConfig(**values).problems()
    assert len(found) == 1 and message in found[0]


def test_all_contradictions_and_unknown_keys_are_named_at_once():
    with pytest.raises(SettingsError) as error:
        task_kind('thermal').build(
            {'bags': ['a'], 'min_reprojection': True, 'start_depth': 0.01, 'learning_rat': 1}
        )
    for name in ('min_reprojection', 'start_depth', 'learning_rat'):
        assert name in str(error.value)


@pytest.mark.parametrize(
    ('values', 'trains_pose', 'from_odometry'),
    [
        ({}, True, False),
        ({'pose_source': 'odometry'}, True, True),
        ({'pose_source': 'odometry', 'pose_weight': 0.0}, False, False),
        ({'pose_source': 'both'}, True, True),
        ({'velocity_weight': 1.0}, True, False),
    ],
)
def test_what_the_pose_network_learns_from(values, trains_pose, from_odometry):
    config = ThermalTrainingConfig(**values)
    assert (config.trains_pose, config.learns_from_odometry) == (trains_pose, from_odometry)


@pytest.mark.parametrize('name', ['both_directions', 'self_discovered_mask', 'geometry_weight'])
def test_any_of_these_needs_the_depth_of_the_neighbours(name):
    without = {'both_directions': False, 'self_discovered_mask': False, 'geometry_weight': 0.0}
    assert not ThermalTrainingConfig(**without).needs_all_depths
    del without[name]
    assert ThermalTrainingConfig(**without).needs_all_depths
