# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Data sets in the layouts they are published in, converted to recordings."""
