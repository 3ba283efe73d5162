# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Shared foundations: settings, contract, handling of untrusted text and files, signals."""
