# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of `fit-scale`."""

from helpers.known_scale import known_drive, known_networks, relative_bundle, scaled_bundle

__all__ = ['known_drive', 'known_networks', 'relative_bundle', 'scaled_bundle']
