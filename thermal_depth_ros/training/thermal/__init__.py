# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal depth and motion (Fan et al. 2024)."""
