# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""User settings of the nodes, apart from those of the pipelines and the training."""

import dataclasses

from thermal_depth_ros.base.settings import setting

STAY, RETRY, EXIT = 'stay', 'retry', 'exit'


@dataclasses.dataclass(frozen=True)
class CommonNodeConfig:
    """Settings common to all nodes."""

    autostart: bool = setting(
        True,
        'Configure and activate the node at start-up; false leaves this to a lifecycle manager',
        read_only=True,
    )
    diagnostics_period_s: float = setting(
        1.0, 'Period of the messages on /diagnostics, s', minimum=0.1, maximum=60.0, read_only=True
    )
    warn_period_s: float = setting(
        5.0,
        'Shortest time between repetitions of the same warning in the log, s',
        minimum=0.0,
        maximum=3600.0,
    )


@dataclasses.dataclass(frozen=True)
class NodeConfig(CommonNodeConfig):
    """Settings of a camera node that do not concern its networks."""

    stale_after_s: float = setting(
        5.0, 'Warn if an input has been silent for this long, s', minimum=0.1, maximum=3600.0
    )
    on_configure_failure: str = setting(
        STAY,
        'Reaction of a node with autostart to a failed configuration or activation: stay '
        '(with the reason on /diagnostics), retry, or exit (with code 1, for use_respawn)',
        choices=(STAY, RETRY, EXIT),
    )
    retry_period_s: float = setting(
        5.0,
        'Time between two attempts (on_configure_failure retry), s',
        minimum=0.1,
        maximum=3600.0,
    )
    point_bandwidth_mb_s: float = setting(
        0.0,
        'Largest data rate of the clouds of this camera, 10^6 bytes/s: where they would need more, '
        'point_decimation is raised, which the log and the diagnostics say; 0 sets no limit',
        minimum=0.0,
        maximum=100_000.0,
    )
    hardware_id: str = setting(
        '', 'Name of the camera on /diagnostics; empty uses the resolved topic of its images'
    )


@dataclasses.dataclass(frozen=True)
class ThermalNodeConfig(NodeConfig):
    """Settings of the thermal camera node that do not concern its networks."""

    keep_tracking: bool = setting(
        False,
        'Estimate motion on every frame even without subscribers to odometry or TF, so that '
        'the pose stays complete; otherwise the pose is frozen meanwhile',
    )


@dataclasses.dataclass(frozen=True)
class TrainerNodeConfig(CommonNodeConfig):
    """Settings of the trainer node that do not concern the training."""

    exit_when_finished: bool = setting(
        False,
        'End the process when the training has finished (exit code 0) or failed (1); '
        'otherwise the node stays and reports this on /diagnostics',
        read_only=True,
    )
    stop_timeout_s: float = setting(
        60.0,
        'Longest wait for the last step and its checkpoint when the node is stopped, s',
        minimum=1.0,
        maximum=3600.0,
        read_only=True,
    )
