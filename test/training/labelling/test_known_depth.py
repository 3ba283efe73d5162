# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Known depth of samples: the same from depth images and from the points of a LiDAR."""

import numpy as np
import pytest

from helpers.drives import record_drive
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.labelling.known_depth import KnownDepth

H, W, FRAMES = 64, 96, 4
TRUE, LIDAR = '/ground_truth/rgb/depth', '/lidar/points'


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    """A drive, and a copy of it with every fifth pixel of its depth as points of a LiDAR."""
    root = tmp_path_factory.mktemp('drives')
    rates = {'rgb_rate_hz': 10.0, 'thermal_rate_hz': 1.0, 'duration_s': 0.4, 'seed': 5}
    source = record_drive(root / 'plain', rgb=(H, W), light='day', **rates)
    with Recording(source) as recording, RecordingWriter(root / 'lidar') as writer:
        camera = camera_from_info(recording.first('/rgb/camera_info').message)
        for record in recording.read():
            writer.copy(record)
            if record.topic == TRUE:
                depth_m = image_to_array(record.message)
                kept = np.zeros_like(depth_m, bool)
                kept[::5, ::5] = True
                header = record.message.header
                cloud = depth_cloud(
                    bag_types(),
                    np.where(kept, depth_m, np.nan).astype(np.float32),
                    CameraRays(camera),
                    stamp_ns(header),
                    header.frame_id,
                    1,
                )
                writer.write(LIDAR, contract.POINT_CLOUD, cloud, record.time_ns)
    return root / 'lidar'


@pytest.fixture
def frames(drive, tmp_path):
    """Return images of half the size, and the configuration that they were opened with."""
    config = ImagesConfig(
        bags=(str(drive),), width=W // 2, height=H // 2, cache_dir=str(tmp_path / 'cache')
    )
    data = config.data(config.bags)
    return open_images(data, lambda *_: None).recordings[0], data


def silent(*_):
    """Ignore progress."""


@pytest.mark.parametrize('topic', [TRUE, LIDAR])
def test_known_depth_lies_where_it_was_measured(frames, drive, topic):
    recorded, data = frames
    found = KnownDepth(topic, data, silent).pixels(recorded)
    assert [one.index for one in found] == list(range(FRAMES))
    with Recording(drive) as recording:
        true = [image_to_array(r.message) for r in recording.read([TRUE])]
    for one, depth_m in zip(found, true, strict=True):
        known = np.isfinite(depth_m) & (depth_m > 0)
        count = min(known.sum(), 2000) if topic == TRUE else known[::5, ::5].sum()
        # Points on the border of the image are left out.
        assert 0.8 * count < len(one.depth_m) <= count and one.depth_m.min() > 0
        assert one.rows.max() < H // 2 and one.columns.max() < W // 2
        near = [
            np.abs(depth_m[2 * r : 2 * r + 2, 2 * c : 2 * c + 2] - d).min() / d
            for r, c, d in zip(one.rows, one.columns, one.depth_m, strict=True)
        ]
        assert np.median(near) < 1e-5 and np.mean(np.array(near) < 1e-3) > 0.95


@pytest.mark.parametrize(
    ('topic', 'error', 'words'),
    [
        ('/nowhere', BagError, 'no topic /nowhere'),
        (
            '/ground_truth/odometry',
            SamplesError,
            'scale_topic /ground_truth/odometry is a nav_msgs',
        ),
        ('/ground_truth/thermal/depth', SamplesError, 'thermal/depth'),
    ],
)
def test_a_topic_without_depth_of_the_images_is_refused(frames, topic, error, words):
    recorded, data = frames
    later = recorded.select(np.arange(2, FRAMES))
    with pytest.raises(error, match=words):
        KnownDepth(topic, data, silent).pixels(later)
