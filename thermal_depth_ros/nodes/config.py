# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the node around a pipeline."""

import dataclasses

from thermal_depth_ros.settings import setting

STAY, RETRY, EXIT = 'stay', 'retry', 'exit'


@dataclasses.dataclass(frozen=True)
class CommonNodeConfig:
    """Settings of every node of this package."""

    autostart: bool = setting(
        True,
        'Configure and activate by itself; false leaves that to a lifecycle manager',
        read_only=True,
    )
    diagnostics_period_s: float = setting(
        1.0, 'Time between two messages on /diagnostics', minimum=0.1, maximum=60.0, read_only=True
    )
    warn_period_s: float = setting(
        5.0, 'The same warning is logged at most once in this time', minimum=0.0, maximum=3600.0
    )


@dataclasses.dataclass(frozen=True)
class NodeConfig(CommonNodeConfig):
    """Settings of a camera node that have nothing to do with its networks."""

    stale_after_s: float = setting(
        5.0, 'Warn when an input has been silent for this long', minimum=0.1, maximum=3600.0
    )
    on_configure_failure: str = setting(
        STAY,
        'What a node that starts by itself (autostart) does where it cannot be configured or '
        'activated: stay (with the reason on /diagnostics), retry, or exit (the process ends with '
        'code 1, for use_respawn)',
        choices=(STAY, RETRY, EXIT),
    )
    retry_period_s: float = setting(
        5.0, 'Time between two attempts of on_configure_failure: retry', minimum=0.1, maximum=3600.0
    )
    hardware_id: str = setting(
        '', 'Name of the camera on /diagnostics; the resolved topic of its images when empty'
    )


@dataclasses.dataclass(frozen=True)
class ThermalNodeConfig(NodeConfig):
    """Settings of the thermal camera node that have nothing to do with its networks."""

    keep_tracking: bool = setting(
        False,
        'Estimate motion of every frame also while nobody subscribes to odometry or TF, so that '
        'the pose misses nothing; otherwise it is held meanwhile',
    )


@dataclasses.dataclass(frozen=True)
class TrainerNodeConfig(CommonNodeConfig):
    """Settings of the trainer node that have nothing to do with the training."""

    exit_when_finished: bool = setting(
        False,
        'End the process when the training is finished (exit code 0) or has failed (1); otherwise '
        'the node stays and says so on /diagnostics',
        read_only=True,
    )
    stop_timeout_s: float = setting(
        60.0,
        'Longest time for the last step and its checkpoint when the node is stopped',
        minimum=1.0,
        maximum=3600.0,
        read_only=True,
    )
