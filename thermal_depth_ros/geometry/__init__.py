# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pinhole camera, rays, rigid motions, warping and frames: pure functions."""
