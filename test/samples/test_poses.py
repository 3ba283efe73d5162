# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Odometry through the extrinsics to the motion of the camera."""

import numpy as np
import pytest

from helpers.thermal_bags import (
    BASE_FRAME,
    CAMERA_FRAME,
    HEIGHT,
    ODOMETRY,
    START_NS,
    WIDTH,
    Messages,
    passing,
)
from thermal_depth_ros.samples import SamplesError

FORWARD = np.array([[0.0, 0, 1, 0.3], [-1, 0, 0, -0.1], [0, -1, 0, 0.9], [0, 0, 0, 1]])


def pose(time_s: float, speed: float = 2.0, rate: float = 0.5) -> np.ndarray:
    """A robot on a circle: T_odom_base in closed form."""
    angle = rate * time_s
    radius = speed / rate
    T = np.eye(4)
    T[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    T[:2, 3] = radius * np.sin(angle), radius * (1 - np.cos(angle))
    return T


def driving(count: int = 12, rate_hz: float = 20.0, shift_s: float = 0.013):
    """A drive whose odometry has other stamps than its images."""
    contents = passing(count)
    steps = int((0.1 * count + 0.2) * rate_hz)
    times = [i / rate_hz - 0.1 + shift_s for i in range(steps)]
    contents.odometry = [(t, pose(t), 2.0) for t in times]
    contents.child = BASE_FRAME
    contents.mounts = [(BASE_FRAME, CAMERA_FRAME, FORWARD)]
    return contents


def test_points_of_the_target_are_found_in_its_neighbours(record, open_bags) -> None:
    samples = open_bags(record(driving()), frame_interval=2)
    assert samples.train.has_poses and samples.train.has_travel
    point = np.array([0.7, -0.4, 6.0, 1.0])  # in the target camera
    for index in range(len(samples.train)):
        triplet = samples.train.triplet(index)
        times = [(stamp - START_NS) / 1e9 for stamp in triplet.stamps_ns]
        world = pose(times[0]) @ FORWARD @ point
        for motion, time_s in zip(triplet.T_target_source, times[1:], strict=True):
            wanted = np.linalg.solve(pose(time_s) @ FORWARD, world)
            np.testing.assert_allclose(motion @ point, wanted, atol=2e-3)
        np.testing.assert_allclose(triplet.travelled_m, [0.4, 0.4], atol=1e-9)


def test_ros1_drives_have_poses_too(record, open_bags) -> None:
    two = open_bags(record(driving(), 'two'))
    one = open_bags(record(driving(), 'one', 'ros1'))
    for index in range(len(two.train)):
        np.testing.assert_allclose(
            one.train.triplet(index).T_target_source,
            two.train.triplet(index).T_target_source,
            atol=1e-12,
        )


def test_odometry_of_the_camera_itself_needs_no_extrinsics(record, open_bags) -> None:
    contents = passing(5)
    T = [np.eye(4) for _ in range(5)]
    for i, one in enumerate(T):
        one[0, 3] = 0.1 * i
    contents.odometry = [(0.1 * i, one, 1.0) for i, one in enumerate(T)]
    motion = open_bags(record(contents)).train.triplet(0).T_target_source
    np.testing.assert_allclose(motion[0][:3, 3], [0.1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(motion[1][:3, 3], [-0.1, 0, 0], atol=1e-12)


def test_an_unknown_mounting_is_refused_where_poses_were_asked_for(record, open_bags) -> None:
    contents = driving()
    contents.mounts = []
    path = record(contents)
    with pytest.raises(SamplesError, match="the mounting of the camera.*/odom.*'base_link'"):
        open_bags(path, pose_topic=ODOMETRY)
    samples = open_bags(path)
    assert not samples.train.has_poses and samples.train.has_travel
    assert any('the mounting of the camera' in note for note in samples.notes)


def test_a_mounting_that_is_repeated_on_tf(record, open_bags) -> None:
    plain = open_bags(record(driving(), 'plain'))
    contents, messages = driving(), Messages(False)
    repeated = messages.mounts(contents)
    contents.extra = [(0.2 * k, '/tf', 'tf2_msgs/msg/TFMessage', repeated) for k in range(4)]
    contents.mounts = []
    samples = open_bags(record(contents, 'repeated'))
    assert samples.train.has_poses
    np.testing.assert_allclose(
        samples.train.triplet(0).T_target_source, plain.train.triplet(0).T_target_source
    )
    contents.extra = [(t, '/mounts', *rest) for t, _, *rest in contents.extra]
    path = record(contents, 'named')
    assert not open_bags(path).train.has_poses
    assert open_bags(path, tf_topics=('/mounts',)).train.has_poses


@pytest.mark.parametrize('name', ['PoseStamped', 'PoseWithCovarianceStamped'])
def test_stamped_poses_train_as_odometry_does(record, open_bags, name) -> None:
    plain = open_bags(record(driving(), 'plain'))
    contents, messages = driving(), Messages(False)
    kind = f'geometry_msgs/msg/{name}'
    for time_s, T, _ in contents.odometry:
        odometry = messages.odometry(time_s, T, 0.0, BASE_FRAME)
        pose = odometry.pose if 'Covariance' in name else odometry.pose.pose
        made = messages.type(kind)(header=odometry.header, pose=pose)
        contents.extra.append((time_s, '/rtk', kind, made))
    contents.odometry = []
    path = record(contents, 'stamped')
    assert not open_bags(path).train.has_poses  # what it is about has to be said
    samples = open_bags(path, pose_topic='/rtk@base_link')
    np.testing.assert_allclose(
        samples.train.triplet(0).T_target_source, plain.train.triplet(0).T_target_source
    )


def test_a_pair_of_frames_trains_as_odometry_does(record, open_bags) -> None:
    plain = open_bags(record(driving(), 'plain'))
    contents, messages = driving(), Messages(False)
    kind, mounts = 'tf2_msgs/msg/TFMessage', contents.mounts
    for time_s, T, _ in contents.odometry:
        contents.mounts = [('odom', BASE_FRAME, T)]
        made = messages.mounts(contents)
        made.transforms[0].header = messages.header(time_s, 'odom')
        contents.extra.append((time_s, '/tf', kind, made))
    contents.odometry, contents.mounts = [], mounts
    samples = open_bags(record(contents, 'pairs'), pose_topic='/tf@odom:base_link')
    np.testing.assert_allclose(
        samples.train.triplet(0).T_target_source, plain.train.triplet(0).T_target_source
    )


def test_images_in_a_gap_of_the_odometry_are_left_out(record, open_bags) -> None:
    contents = driving(count=20)
    contents.odometry = [o for o in contents.odometry if not 0.55 < o[0] < 1.25]
    samples = open_bags(record(contents), max_gap_s=0.5)
    assert samples.left_out['images without a pose'] == 7  # 0.6 to 1.2 s
    assert samples.train.frame_count == 13
    assert samples.left_out['triplets across a gap'] == 2
    assert any('/odom: no data for 7 of 20 images' in note for note in samples.notes)


def test_a_camera_with_a_clock_of_its_own_is_told_both_times(record, open_bags) -> None:
    contents = driving()
    contents.odometry = [(t + 1000.0, T, speed) for t, T, speed in contents.odometry]
    contents.depth = [(2000.0, np.full((HEIGHT, WIDTH), 5.0, np.float32))]
    path = record(contents)
    with pytest.raises(SamplesError) as caught:
        open_bags(path)
    text = str(caught.value)
    assert '/odom and the images of /thermal/image_raw have no time in common' in text
    assert 'it spans 1700000999.913 s to 1700001001.263 s' in text
    assert 'they span 1700000000.000 s to 1700000001.100 s' in text
    nothing = dict.fromkeys(('pose_topic', 'twist_topic', 'true_pose_topic'), 'none')
    samples = open_bags(path, validation_fraction=0.4, **nothing)
    assert any('and the images have no time in common: it spans' in n for n in samples.notes)


def test_images_before_and_after_the_odometry_are_left_out(record, open_bags) -> None:
    contents = driving(count=20, shift_s=0.0)
    contents.odometry = [o for o in contents.odometry if 0.449 < o[0] < 1.501]
    samples = open_bags(record(contents))
    numbers = samples.train.parts[0].frames.numbers
    assert numbers.tolist() == list(range(5, 16))  # half a period is 25 ms


def test_damaged_odometry_is_counted(record, open_bags) -> None:
    contents = driving()
    broken = pose(0.3)
    broken[0, 3] = np.nan
    contents.odometry.append((0.301, broken, 1.0))
    samples = open_bags(record(contents))
    assert any('/odom: 1 messages left out' in note and 'nan' in note for note in samples.notes)
    assert len(samples.train) == 10


def test_neighbours_by_distance(record, open_bags) -> None:
    samples = open_bags(record(driving(count=30)), spacing='distance', spacing_m=0.5)
    for index in range(len(samples.train)):
        moved = samples.train.triplet(index).travelled_m
        assert ((moved > 0.49) & (moved < 0.72)).all()  # images are 0.2 m apart
    only_twist = open_bags(
        record(driving(count=30), 'twist'),
        pose_topic='none',
        twist_topic=ODOMETRY,
        spacing='distance',
        spacing_m=0.5,
    )
    assert len(only_twist.train) == 30 - 6
    assert only_twist.train.triplet(0).T_target_source is None


def test_distance_without_odometry_is_refused(record, open_bags) -> None:
    with pytest.raises(SamplesError, match='spacing by distance needs odometry'):
        open_bags(record(passing(5)), spacing='distance')


def test_standing_stretches_of_a_drive_are_left_out(record, open_bags) -> None:
    contents = passing(30)
    contents.child = CAMERA_FRAME
    stop = 1.5
    contents.odometry = [
        (0.05 * i, pose(min(0.05 * i, stop)), 2.0 if 0.05 * i < stop else 0.0) for i in range(62)
    ]
    samples = open_bags(record(contents))
    targets = [int(name.split()[-1].split(',')[0]) for name in samples.train.names]
    assert targets == list(range(1, 15))
    assert samples.left_out['triplets standing still'] == 14
    note = next(note for note in samples.notes if 'standing still' in note)
    assert 'min_travel_m' in note


def test_several_odometries_are_not_chosen_between(record, open_bags) -> None:
    contents, messages = driving(), Messages(False)
    contents.extra = [
        (
            t,
            '/visual',
            'nav_msgs/msg/Odometry',
            messages.odometry(t, T, 1.0, BASE_FRAME),
        )
        for t, T, _ in contents.odometry
    ]
    path = record(contents)
    samples = open_bags(path)
    assert not samples.train.has_poses and not samples.train.has_travel
    assert any('/odom, /visual' in note and 'pose_topic' in note for note in samples.notes)
    chosen = open_bags(path, pose_topic='/visual')
    assert chosen.train.has_poses and chosen.train.triplet(0).travelled_m[0] == pytest.approx(0.1)


def test_the_truth_is_for_validation_where_something_was_measured(record, open_bags) -> None:
    contents, messages = driving(count=20), Messages(False)
    truth = np.eye(4)
    truth[:3, 3] = 1, 2, 3
    contents.extra = [
        (
            t,
            '/ground_truth/odometry',
            'nav_msgs/msg/Odometry',
            messages.odometry(t, truth @ T, 0.0, BASE_FRAME),
        )
        for t, T, _ in contents.odometry
    ]
    samples = open_bags(record(contents), validation_frames=8)
    (track,) = samples.validation.sequences()
    assert track.frames.tolist() == list(range(8))
    for index, T in zip(track.frames, track.T_world_camera, strict=True):
        time_s = (samples.validation.frame(index).stamp_ns - START_NS) / 1e9
        np.testing.assert_allclose(T, truth @ pose(time_s) @ FORWARD, atol=2e-3)


def test_tracks_break_where_the_camera_is_silent(record, open_bags) -> None:
    contents = driving(count=30)
    contents.images = [shot for i, shot in enumerate(contents.images) if not 10 <= i < 16]
    samples = open_bags(record(contents), validation_fraction=0.9, max_gap_s=0.5)
    lengths = [len(track.frames) for track in samples.validation.sequences()]
    assert lengths == [7, 14] and samples.validation.frame_count == 21


def test_a_twist_that_is_never_filled_in_is_not_believed(record, open_bags) -> None:
    contents = driving()
    contents.odometry = [(t, T, 0.0) for t, T, _ in contents.odometry]
    path = record(contents)
    samples = open_bags(path)
    assert samples.train.has_poses and not samples.train.has_travel
    with pytest.raises(SamplesError, match='twist of /odom is zero while its pose moves'):
        open_bags(path, twist_topic=ODOMETRY)


def test_poses_are_used_of_all_recordings_or_of_none(record, open_bags) -> None:
    samples = open_bags(record(driving(), 'with'), record(passing(6), 'without'))
    assert not samples.train.has_poses
    assert samples.train.triplet(0).T_target_source is None
    assert any('not every recording has poses' in note for note in samples.notes)


def test_a_recording_that_gives_no_triplet_takes_no_poses_away(record, open_bags) -> None:
    samples = open_bags(record(driving(), 'with'), record(passing(2), 'without'))
    assert samples.train.has_poses
    assert samples.train.triplet(0).T_target_source is not None
    assert any('2 usable images' in note for note in samples.notes)


def test_pairs_are_images_that_follow_each_other_and_the_motion_between_them(
    record, open_bags
) -> None:
    samples = open_bags(record(driving()), frame_interval=2)
    point = np.array([0.7, -0.4, 6.0, 1.0])
    for offset in (1, -1, 2, -2):
        pair, target = samples.train.pair(3, offset), int(samples.train.parts[0].triplets[3, 0])
        np.testing.assert_array_equal(pair.images[0], samples.train.triplet(3).images[0])
        other = samples.train.frame(target + offset)
        np.testing.assert_array_equal(pair.images[1], other.image)
        times = [
            (samples.train.frame(number).stamp_ns - START_NS) / 1e9
            for number in (target, target + offset)
        ]
        world = pose(times[0]) @ FORWARD @ point
        wanted = np.linalg.solve(pose(times[1]) @ FORWARD, world)
        np.testing.assert_allclose(pair.T_first_second @ point, wanted, atol=2e-3)
    at_interval = samples.train.triplet(3).T_target_source[1]
    np.testing.assert_allclose(samples.train.pair(3, 2).T_first_second, at_interval, atol=1e-12)


def test_there_is_no_pair_beyond_the_recording_or_a_silence(record, open_bags) -> None:
    contents = driving(24)
    del contents.images[9:12]  # a silence of 0.4 s
    samples = open_bags(record(contents), max_gap_s=0.2).train
    last = len(samples) - 1
    assert samples.pair(0, -2) is None and samples.pair(last, 2) is None
    assert samples.triplet(6).where.endswith('frames 7,6,8')
    assert samples.pair(6, 1) is not None
    assert samples.pair(6, 2) is None, 'behind the silence'


def test_there_is_no_pair_without_poses(record, open_bags) -> None:
    assert open_bags(record(passing(5))).train.pair(0, 1) is None


def test_topics_of_poses_and_twists_are_known(record, open_bags) -> None:
    train = open_bags(record(driving(), 'with')).train
    assert train.pose_topics == train.twist_topics == (ODOMETRY,)
    without = open_bags(record(passing(5), 'without')).train
    assert without.pose_topics == without.twist_topics == ()


def test_a_camera_in_its_body_frame_is_noted_once(record, open_bags) -> None:
    contents = driving()
    contents.mounts = [(BASE_FRAME, CAMERA_FRAME, np.eye(4))]
    path = record(contents)
    for _ in range(2):  # the second time from the cache
        notes = [note for note in open_bags(path).notes if 'camera mount' in note]
        assert len(notes) == 1 and 'base_link -> thermal_optical: the rotation is the' in notes[0]
    right = open_bags(record(driving(), 'right'))
    assert not any('camera mount' in note for note in right.notes)
