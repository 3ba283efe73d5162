# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ROS messages to arrays and back; the only place that knows byte layouts."""
