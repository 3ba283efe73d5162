# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What all trainings of depth and motion from video share, thermal or RGB."""
