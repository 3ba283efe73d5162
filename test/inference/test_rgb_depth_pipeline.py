# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth Anything V2 behind the cameras: input, output, and what is withheld and why."""

import cv2
import numpy as np
import pytest
import torch

from helpers.running_networks import running_networks
from helpers.tiny_depth_anything import original_state, write_folder
from thermal_depth_ros.bundles.import_depth_anything import (
    DepthAnythingImport,
    import_depth_anything,
)
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import open_pipeline

EVERYTHING = frozenset({'depth', 'confidence', 'points', 'semantic'})


@pytest.fixture
def opened(tmp_path):
    """Import a checkpoint for a camera and open its pipeline."""
    pipelines = []

    def make(kind, path, metric_max_depth_m=None, wheel=None, **settings):
        said = DepthAnythingImport(path, kind, 'any', metric_max_depth_m, input_side=98)
        import_depth_anything(tmp_path / kind, said, overwrite=True)
        config = {'rgb': RgbConfig, 'thermal': ThermalConfig}[kind]
        settings = {'bundle': str(tmp_path / kind), 'device': 'cpu', **settings}
        pipelines.append(open_pipeline(kind, config(**settings), wheel))
        return pipelines[-1]

    yield make
    for pipeline in pipelines:
        pipeline.close()


@pytest.fixture
def original(tmp_path):
    torch.save(original_state(), tmp_path / 'tiny.pth')
    return tmp_path / 'tiny.pth'


def published_depth(model, image: np.ndarray) -> np.ndarray:
    """Return the depth (H, W) of an image (H, W, 3) with the input and output of its authors."""
    small = cv2.resize(image / 255.0, (98, 98), interpolation=cv2.INTER_CUBIC)
    small = (small - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.inference_mode():
        x = model(torch.from_numpy(small).permute(2, 0, 1)[None].float()).predicted_depth[None]
        x = torch.nn.functional.interpolate(x, image.shape[:2], mode='bilinear', align_corners=True)
    return x[0, 0].numpy()


def test_colour_images_are_treated_as_by_the_authors(opened, tmp_path, colour_frame):
    pytest.importorskip('transformers')
    model = write_folder(tmp_path / 'hub')
    frame = colour_frame(size=(70, 70))
    pipeline = opened('rgb', tmp_path / 'hub', min_depth_m=0.0, max_depth_m=1e4)
    depth = pipeline.process(frame, {'depth'}).depth
    x = published_depth(model, frame.image)
    assert x.std() > 0.01
    np.testing.assert_allclose(1.0 / depth.depth_m, 0.1 * x, rtol=1e-4)
    assert depth.confidence is None


@pytest.mark.parametrize(
    ('size', 'fed'),
    [((72, 110), (98, 154)), ((110, 72), (154, 98)), ((480, 640), (98, 126))],
)
@pytest.mark.parametrize('kind', ['rgb', 'thermal'])
def test_the_network_sees_the_aspect_ratio_of_the_camera(
    opened, original, colour_frame, counts_frame, kind, size, fed
):
    pipeline = opened(kind, original)
    seen = []
    network = running_networks(pipeline)['depth']
    hook = network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    frame = (colour_frame if kind == 'rgb' else counts_frame)(size=size)
    depth = pipeline.process(frame, {'depth'}).depth
    hook.remove()
    assert seen[0].shape == (1, 3, *fed) and depth.depth_m.shape == size
    assert depth.depth_m[np.isfinite(depth.depth_m)].std() > 0


def test_metres_of_a_metric_network_are_not_called_relative(opened, original, colour_frame):
    pipeline = opened('rgb', original, 20.0)
    assert pipeline.description.announcements == () and pipeline.description.scale == 1.0
    depth = pipeline.process(colour_frame(), {'depth'}).depth.depth_m
    assert (depth > 0.1).all() and (depth < 20.0).all()


def test_colour_cameras_get_depth_and_clouds_but_no_classes(opened, original, colour_frame):
    pipeline = opened('rgb', original)
    assert '1 / (0.1 x + 0)' in pipeline.description.announcements[0]
    output = pipeline.process(colour_frame(), EVERYTHING)
    assert output.plan.wanted == {'depth', 'points'}
    assert 'no classes' in output.plan.withheld['semantic']
    assert 'nothing to compare' in output.plan.withheld['confidence']
    assert np.unique(output.depth.confidence).tolist() == [0.5]
    blank = colour_frame(image=np.full((90, 160, 3), 7, np.uint8))
    assert not pipeline.process(blank, {'points'}).depth.confidence.any()


def test_thermal_cameras_get_depth_but_no_odometry(opened, original, counts_frame):
    pipeline = opened('thermal', original)
    mount = np.eye(4)
    for k in (1, 2):
        wanted = {'depth', 'odometry', 'tf', 'confidence', 'points'}
        output = pipeline.process(counts_frame(k), wanted, mount)
        assert output.plan.wanted == {'depth', 'points'} and output.odometry is None
        for key in ('odometry', 'tf', 'confidence'):
            assert output.plan.withheld[key] == 'the bundle has no pose network'


@pytest.mark.parametrize('kind', ['rgb', 'thermal'])
def test_wheels_cannot_scale_what_has_no_pose_network(
    opened, original, colour_frame, counts_frame, kind
):
    pipeline = opened(kind, original, wheel=WheelScale(), scale_source='wheel')
    frame = (colour_frame if kind == 'rgb' else counts_frame)()
    output = pipeline.process(frame, {'depth'})
    assert 'no pose network, which wheel odometry is compared with' in output.scale.source
    assert not output.scale.metric


def test_least_confidence_does_not_need_a_pose_network(opened, original, counts_frame):
    pipeline = opened('thermal', original, min_confidence=0.4)
    for k in (1, 2):
        depth = pipeline.process(counts_frame(k), {'depth'}).depth
        assert np.unique(depth.confidence).tolist() == [0.5] and not np.isnan(depth.depth_m).any()
