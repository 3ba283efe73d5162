# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth in recordings: found, read and matched with frames."""
