# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A trained model on disk: weights, architecture, preprocessing, labels and scale."""
