# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the papers: published rows, and rows measured here by the same protocols."""
