# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Adapts a bundle to the camera of a user by a recording, and shows what it gains."""
