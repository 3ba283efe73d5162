# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math

import numpy as np
import pytest

from helpers.processes import modules_loaded_by
from thermal_depth_ros.base.contract import RGB_OUTPUTS, THERMAL_OUTPUTS
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import InferenceError
from thermal_depth_ros.inference.pipeline import open_pipeline

THERMAL = ThermalConfig(network='passthrough', bundle='nowhere')
RGB = RgbConfig(network='passthrough', bundle='nowhere')


def passthrough(kind, **settings):
    config = {'thermal': THERMAL, 'rgb': RGB}[kind]
    return open_pipeline(kind, dataclasses.replace(config, **settings))


def test_thermal_gives_everything_that_was_wanted(counts_frame, level):
    pipeline = passthrough('thermal')
    output = pipeline.process(counts_frame(), frozenset(THERMAL_OUTPUTS), level)
    assert output.depth.depth_m.shape == output.depth.confidence.shape == (120, 160)
    assert (output.depth.depth_m == 10.0).all() and (output.depth.confidence == 1.0).all()
    assert output.odometry.state == 'lost' and 'passthrough' in output.odometry.reason
    assert not output.plan.withheld and output.semantics is None


def test_rgb_gives_everything_that_was_wanted(colour_frame):
    output = passthrough('rgb').process(colour_frame(), frozenset(RGB_OUTPUTS))
    assert output.depth.depth_m.shape == output.semantics.labels.shape == (90, 160)
    assert output.semantics.labels.dtype == np.uint8
    assert (output.semantics.confidence == 1.0).all()
    assert output.odometry is None


def test_nothing_wanted_makes_nothing(counts_frame):
    output = passthrough('thermal').process(counts_frame(), frozenset())
    assert output.depth is None and output.odometry is None


def test_maps_follow_the_size_of_the_image(counts_frame):
    pipeline, wanted = passthrough('thermal'), frozenset({'depth'})
    for size in ((120, 160), (37, 53), (120, 160)):
        assert pipeline.process(counts_frame(1, size), wanted).depth.depth_m.shape == size


def test_the_depth_range_and_calibration_count_here_too(counts_frame, level):
    pipeline = passthrough('thermal')
    pipeline.update(dataclasses.replace(THERMAL, max_depth_m=5.0))
    frame = counts_frame(calibrated=False)
    output = pipeline.process(frame, frozenset({'depth', 'odometry', 'points'}), level)
    assert (output.depth.depth_m == math.inf).all()
    assert output.odometry is None and output.plan.withheld.keys() == {'odometry', 'points'}
    with pytest.raises(SettingsError, match='bundle: fixed'):
        pipeline.update(dataclasses.replace(THERMAL, max_depth_m=5.0, bundle='x'))


def test_bad_images_are_refused(counts_frame):
    with pytest.raises(InferenceError):
        passthrough('rgb').process(counts_frame(), frozenset({'depth'}))


def test_it_says_what_it_is():
    for kind, labels in (('thermal', False), ('rgb', True)):
        pipeline = passthrough(kind)
        description = pipeline.description
        assert description.network == 'passthrough' and not description.trained
        assert (description.labels is not None) == labels
        assert 'passthrough' in description.announcements[0]
        pipeline.reset()
        pipeline.close()


def test_no_torch_is_imported():
    script = (
        'import numpy\n'
        'from thermal_depth_ros.frames.config import RgbConfig\n'
        'from thermal_depth_ros.frames.frame import CameraFrame\n'
        'from thermal_depth_ros.inference.metric_scale import WheelScale\n'
        'from thermal_depth_ros.inference.pipeline import open_pipeline\n'
        "pipeline = open_pipeline('rgb', RgbConfig(network='passthrough'), WheelScale())\n"
        "frame = CameraFrame(1, 'rgb_optical', numpy.zeros((4, 6, 3), numpy.uint8))\n"
        "pipeline.process(frame, frozenset({'depth', 'semantic'}))\n"
    )
    loaded, _ = modules_loaded_by(script)
    assert not {'torch', 'torchvision', 'timm', 'matplotlib', 'rclpy'} & loaded
