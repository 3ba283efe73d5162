# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth and classes from RGB by day and night (DepthSegNet24), and its depth teacher."""
