# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth, point clouds, semantics and odometry from thermal and RGB cameras, day and night."""

__version__ = '0.1.0'
