# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Features of paired RGB and thermal images (Fan et al. 2024, Fig. 1)."""
