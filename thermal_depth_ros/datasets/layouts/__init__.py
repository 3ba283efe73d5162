# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One published layout per file: which sequences there are, and what each holds."""
