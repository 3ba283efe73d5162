# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points as truth: projected, moved along with the vehicle, classes kept."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.open_comparison import default_options
from thermal_depth_ros.evaluation.truth.clouds import (
    UNKNOWN,
    Projector,
    Sweep,
    read_labelled_sweep,
    read_sweep,
)
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameTree
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import header_message

CAMERA = PinholeCamera(32, 24, 30.0, 30.0, 15.25, 11.25)
START_NS = 10**9
SPEED_MPS = 4.0


def tree() -> FrameTree:
    """Camera 1.5 m ahead of the base, LiDAR 1 m above it, both looking forward."""
    made = FrameTree()
    camera = T_FORWARD.copy()
    camera[0, 3] = 1.5
    lidar = np.eye(4)
    lidar[2, 3] = 1.0
    made.add('base', 'optical', camera, static=True)
    made.add('base', 'lidar', lidar, static=True)
    return made


def poses() -> PoseTruth:
    """The base drives along x."""
    stamps = START_NS + np.arange(5) * 100_000_000
    motion = [rigid.exponential(np.array([SPEED_MPS * 0.1 * k, 0, 0, 0, 0, 0])) for k in range(5)]
    return PoseTruth('/truth', 'base', Trajectory(stamps, np.stack(motion)))


def sweep(xyz, stamp_ns=START_NS, frame='lidar', labels=None) -> Sweep:
    return Sweep(stamp_ns, frame, np.array(xyz, np.float32), labels)


def test_a_point_ahead_of_the_lidar():
    projector = Projector(CAMERA, 'optical', tree(), None)
    depth = projector.depth_m(sweep([[11.5, 0.0, -1.0]]), START_NS)
    assert depth.shape == (24, 32)
    assert depth[11, 15] == pytest.approx(10.0)
    assert np.isnan(depth).sum() == 24 * 32 - 1


def test_points_move_with_the_vehicle_between_sweep_and_image():
    projector = Projector(CAMERA, 'optical', tree(), poses())
    later = START_NS + 250_000_000  # 1 m farther on
    depth = projector.depth_m(sweep([[11.5, 0.0, -1.0]]), later)
    assert depth[11, 15] == pytest.approx(9.0, abs=1e-4)
    # Beyond what is known of the way the points stay where they are.
    assert projector.depth_m(sweep([[11.5, 0, -1.0]]), 10**12)[11, 15] == pytest.approx(10.0)


def test_classes_of_points():
    labels = np.array([24, 17], np.uint8)
    projector = Projector(CAMERA, 'optical', tree(), None)
    found = projector.labels(sweep([[11.5, 0, -1.0], [11.5, 0.01, -1.0]], labels=labels), START_NS)
    assert found[11, 15] in (24, 17)
    assert (found == UNKNOWN).sum() == 24 * 32 - 1


def test_which_of_several_points_holds():
    near, far = [11.5, 0, -1.0], [21.5, 0, -1.0]
    last = Projector(CAMERA, 'optical', tree(), None, nearest=False)
    assert last.depth_m(sweep([near, far]), START_NS)[11, 15] == pytest.approx(20.0)
    nearest = Projector(CAMERA, 'optical', tree(), None)
    assert nearest.depth_m(sweep([near, far]), START_NS)[11, 15] == pytest.approx(10.0)


def test_an_unknown_frame_is_named():
    projector = Projector(CAMERA, 'optical', tree(), None)
    with pytest.raises(EvaluationError, match="no transform between 'optical' and 'velodyne'"):
        projector.depth_m(sweep([[1.0, 2, 3]], frame='velodyne'), START_NS)


def test_messages():
    depth = np.full((24, 32), 7.0, np.float32)
    label = np.full((24, 32), 13, np.uint8)
    rays = CameraRays(CAMERA)
    cloud = depth_cloud(bag_types(), depth, rays, START_NS, '/lidar', 1, label=label)
    found = read_labelled_sweep(cloud)
    assert (found.stamp_ns, found.frame, found.xyz.shape) == (START_NS, 'lidar', (768, 3))
    assert set(found.labels.tolist()) == {13}
    bare = depth_cloud(bag_types(), depth, rays, START_NS, 'lidar', 1)
    assert read_sweep(bare).labels is None
    with pytest.raises(MessageError, match='no field of classes'):
        read_labelled_sweep(bare)


def cloud(xyz: np.ndarray, labels: np.ndarray):
    """An unorganised cloud, put together byte by byte."""
    data = np.zeros(len(xyz), [('xyz', '<f4', 3), ('label', '<u4')])
    data['xyz'], data['label'] = xyz, labels
    fields = [
        bag_types().PointField(name=name, offset=4 * k, datatype=7 if k < 3 else 6, count=1)
        for k, name in enumerate(('x', 'y', 'z', 'label'))
    ]
    return bag_types().PointCloud2(
        header=header_message(bag_types(), START_NS, 'lidar'),
        height=1,
        width=len(xyz),
        fields=fields,
        is_bigendian=False,
        point_step=16,
        row_step=16 * len(xyz),
        data=np.frombuffer(data.tobytes(), np.uint8),
        is_dense=True,
    )


def test_pulses_that_did_not_come_back_are_no_points():
    # The LiDAR sits on the bumper, in front of the camera: its own place is in the picture.
    made = FrameTree()
    made.add('optical', 'lidar', rigid.compose([0, 0, 0, 1], [0, 0.3, 1.7]), static=True)
    xyz = np.array([[0, 0, 0], [0, -0.3, 8.3], [np.nan, 0, 1], [0, np.inf, 1], [-0.0, 0, 0]])
    message = cloud(xyz, np.array([7, 13, 7, 7, 7]))
    projector = Projector(CAMERA, 'optical', made, None)
    depth = projector.depth_m(read_sweep(message), START_NS)
    assert depth[np.isfinite(depth)].tolist() == pytest.approx([10.0])
    labels = projector.labels(read_labelled_sweep(message), START_NS)
    assert sorted(set(labels.reshape(-1).tolist())) == [13, UNKNOWN]


def test_near_points_count_as_the_protocol_says():
    near = sweep([[2.0, 0.0, -1.0]])  # half a metre in front of the camera
    nearest = {}
    for protocol in ('thermal_indoor', 'thermal_outdoor', 'nuscenes'):
        match = default_options('thermal', protocol).match
        projector = Projector(
            CAMERA, 'optical', tree(), None, match.nearest_point, match.min_point_depth_m
        )
        nearest[protocol] = np.nanmin(np.append(projector.depth_m(near, START_NS), 99.0))
    assert nearest == pytest.approx(
        {'thermal_indoor': 0.5, 'thermal_outdoor': 0.5, 'nuscenes': 99.0}
    )
