# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Random effects of lenses, sensors and image processing on what the networks see."""
