# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metric scale, and shift of relative inverse depth, of a bundle from recordings."""
