# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings to training samples, without torch."""

from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.samples.sample_set import Frame, Samples, SampleSet, Track, Triplet

__all__ = [
    'DataConfig',
    'Frame',
    'SampleSet',
    'Samples',
    'SamplesError',
    'Track',
    'Triplet',
    'open_samples',
]
