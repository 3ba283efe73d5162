# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 nodes; the only place that imports rclpy."""
