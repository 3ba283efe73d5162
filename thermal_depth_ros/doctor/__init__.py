# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Check a machine and a running graph, and say what to do about what is wrong."""
