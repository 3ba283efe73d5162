# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The demo: plays recordings through the camera nodes and writes an HTML report."""
