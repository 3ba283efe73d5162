# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A pipeline over maps from anywhere: what it publishes, withholds and resizes."""

import numpy as np
import pytest

from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.evaluation.tables.grey_pipeline import GreyPipeline
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame, InferenceError, MetricScale
from thermal_depth_ros.inference.map_pipeline import FrameMaps, MapPipeline, MapSource

SCALE = MetricScale(1.0, True, 'a test')
RGB = RgbConfig(sky_is_far=False, min_depth_m=1.0, max_depth_m=50.0)


def frame(image):
    return CameraFrame(10**9, 'optical', image)


def source(maps, has_depth=True, labels=CITYSCAPES_19):
    return MapSource('net', maps, has_depth, labels, SCALE)


def picture(height=8, width=10):
    return np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)


def test_depth_is_kept_at_its_size_and_labels_get_that_of_the_image():
    depth = np.array([[0.5, 2.0], [60.0, np.nan]], np.float32)
    labels = np.array([[0, 1]], np.uint8)
    pipeline = MapPipeline(RGB, source(lambda frame, plan: FrameMaps(depth, labels)))
    found = pipeline.process(frame(picture()), {'depth', 'semantic', 'confidence'})
    np.testing.assert_array_equal(found.depth.depth_m, [[-np.inf, 2.0], [np.inf, np.nan]])
    assert depth[0, 0] == 0.5, 'the map itself is left alone'
    assert found.semantics.labels.shape == (8, 10)
    assert (found.semantics.labels == np.repeat([0, 1], 5)).all()
    assert found.plan.withheld == {'confidence': 'net has none'}
    assert pipeline.description.labels is CITYSCAPES_19 and pipeline.description.trained


def test_only_what_is_wanted_is_asked_for():
    asked = []

    def maps(shown, plan):
        asked.append((plan.depth, plan.semantics))
        return FrameMaps(np.ones((2, 2), np.float32) if plan.depth else None)

    pipeline = MapPipeline(RGB, source(maps, labels=None))
    found = pipeline.process(frame(picture()), {'depth', 'semantic', 'label_info'})
    assert asked == [(True, False)] and found.semantics is None
    assert set(found.plan.withheld) == {'semantic', 'label_info'}
    alone = MapPipeline(RGB, source(lambda *_: FrameMaps(labels=np.zeros((2, 2), np.uint8)), False))
    found = alone.process(frame(picture()), {'depth', 'semantic'})
    assert found.depth is None and found.plan.withheld == {'depth': 'net has classes alone'}


def test_images_of_another_kind_are_refused():
    pipeline = MapPipeline(RGB, source(lambda *_: FrameMaps()))
    with pytest.raises(InferenceError, match='shape'):
        pipeline.process(frame(picture()[..., 0]), {'depth'})


def test_a_network_for_rgb_sees_counts_in_grey():
    seen = []

    def maps(shown, plan):
        seen.append(shown.image)
        return FrameMaps(np.full((3, 3), 4.0, np.float32))

    counts = np.linspace(3000, 3500, 80).reshape(8, 10).astype(np.uint16)
    pipeline = GreyPipeline(ThermalConfig(), MapPipeline(RGB, source(maps)))
    found = pipeline.process(frame(counts), {'depth', 'odometry'})
    (image,) = seen
    assert image.shape == (8, 10, 3) and image.dtype == np.uint8
    assert (image == image[..., :1]).all() and (image.min(), image.max()) == (0, 255)
    assert (np.diff(image[..., 0].ravel().astype(int)) >= 0).all()
    assert (found.depth.depth_m == 4.0).all() and found.odometry is None
    assert 'depth alone' in found.plan.withheld['odometry']
    assert pipeline.description.kind == 'thermal' and pipeline.description.labels is None
