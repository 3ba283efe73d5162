# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""From a camera frame to depth, semantics and odometry. No ROS needed."""
