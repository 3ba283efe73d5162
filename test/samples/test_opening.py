# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of every kind to triplets, and what is said about those that give none."""

import dataclasses
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.sample_truth import true_depth_m
from helpers.thermal_bags import (
    CAMERA_K,
    HEIGHT,
    IMAGES,
    WIDTH,
    Messages,
    ns,
    passing,
    view,
)
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.samples import SamplesError

STORAGES = ('mcap', 'mcap-zstd', 'sqlite3', 'sqlite3-zstd', 'ros1', 'ros1-bz2')


@pytest.mark.parametrize('storage', STORAGES)
def test_every_storage_gives_the_recorded_counts(record, open_bags, storage: str) -> None:
    contents = passing(6)
    samples = open_bags(record(contents, storage=storage))
    assert len(samples.train) == 4 and samples.deep and samples.channels == 1
    triplet = samples.train.triplet(1)
    for image, number in zip(triplet.images, (2, 1, 3), strict=True):
        np.testing.assert_array_equal(image, contents.images[number][1])
    assert triplet.images.dtype == np.uint16
    assert triplet.stamps_ns == (ns(0.2), ns(0.1), ns(0.3))
    np.testing.assert_array_equal(triplet.K, np.array(CAMERA_K).reshape(3, 3))
    assert triplet.T_target_source is None and triplet.travelled_m is None
    assert IMAGES in triplet.where and 'frames 2,1,3' in triplet.where
    assert samples.train.names[1] == triplet.where


def test_several_recordings_follow_each_other(record, open_bags) -> None:
    other = passing(5)
    other.k = tuple(2.0 * value for value in CAMERA_K[:8]) + (1.0,)
    samples = open_bags(record(passing(4), 'a'), record(other, 'b', 'ros1'))
    assert len(samples.train) == 2 + 3
    assert [samples.train.triplet(i).K[0, 0] for i in range(5)] == [50, 50, 100, 100, 100]
    assert all('a' in Path(name.split()[0]).name for name in samples.train.names[:2])
    with pytest.raises(IndexError):
        samples.train.triplet(5)


def test_samples_are_resized_and_K_with_them(record, open_bags) -> None:
    contents = passing(3)
    samples = open_bags(record(contents), width=32, height=24)
    triplet = samples.train.triplet(0)
    halves = contents.images[1][1].astype(float).reshape(24, 2, 32, 2).mean((1, 3))
    np.testing.assert_allclose(triplet.images[0], halves, atol=0.5)
    np.testing.assert_allclose(np.diag(triplet.K), [25.0, 26.0, 1.0])
    np.testing.assert_allclose(triplet.K[:2, 2], [15.75, 11.75])
    assert (samples.camera.width, samples.camera.height) == (32, 24)


def test_a_topic_that_is_not_there_is_answered_with_those_that_are(record, open_bags) -> None:
    path = record(passing(4))
    with pytest.raises(BagError, match=r'no topic /nowhere(.|\n)*/thermal/image_raw'):
        open_bags(path, image_topic='/nowhere')
    with pytest.raises(BagError, match=r'no topic /odometry(.|\n)*/thermal/image_raw'):
        open_bags(path, pose_topic='/odometry')
    with pytest.raises(SamplesError, match='pose_topic /thermal/image_raw is a sensor_msgs'):
        open_bags(path, pose_topic=IMAGES)
    with pytest.raises(SamplesError, match='no rgb camera(.|\n)*/thermal/image_raw'):
        open_bags(path, camera='rgb')


def test_two_cameras_must_be_told_apart(record, open_bags) -> None:
    contents, messages = passing(4), Messages(False)
    contents.extra = [
        (t, '/left/thermal/image_raw', 'sensor_msgs/msg/Image', messages.image(t, a, e))
        for t, a, e in contents.images
    ]
    path = record(contents)
    with pytest.raises(SamplesError, match='2 thermal cameras: /left.*choose one by image_topic'):
        open_bags(path)
    assert len(open_bags(path, image_topic=IMAGES).train) == 2


def test_contradictions_are_named_at_once(open_bags) -> None:
    with pytest.raises(SamplesError) as caught:
        open_bags(last_frame=3, first_frame=5, camera='rgb', bit_depth='16')
    assert all(word in str(caught.value) for word in ('bags', 'last_frame', 'bit_depth'))


def test_a_truncated_recording_is_used_as_far_as_it_goes(record, open_bags) -> None:
    whole = Path(record(passing(40), 'whole', 'ros1'))
    cut = whole.with_name('cut.bag')
    data = whole.read_bytes()
    cut.write_bytes(data[: int(len(data) * 0.6)])
    samples = open_bags(str(cut))
    assert 5 < samples.train.frame_count < 40
    assert any('cut.bag' in note for note in samples.notes)
    first = samples.notes
    assert open_bags(str(cut)).notes == first  # also when read from the cache


def test_the_end_of_each_recording_is_kept_for_validation(record, open_bags) -> None:
    path = record(passing(20))
    by_count = open_bags(path, validation_frames=5)
    assert by_count.validation.frame_count == 5 and by_count.train.frame_count == 15
    assert len(by_count.train) == 13 and len(by_count.validation) == 3
    by_time = open_bags(path, validation_fraction=0.25)
    assert by_time.validation.frame_count == 5
    assert 'frames 16,15,17' in by_time.validation.names[0]
    assert int(by_time.validation.parts[0].triplets[0, 0]) == 1
    np.testing.assert_array_equal(
        by_time.validation.frame(1).image, by_time.validation.triplet(0).images[0]
    )


def test_whole_recordings_are_kept_for_validation(record, open_bags) -> None:
    a, b = record(passing(6), 'a'), record(passing(7), 'b')
    samples = open_bags(a, validation_bags=(b,), validation_fraction=0.5)
    assert (len(samples.train), len(samples.validation)) == (4, 5)


def test_limits_choose_images_by_their_numbers(record, open_bags) -> None:
    samples = open_bags(record(passing(20)), first_frame=4, last_frame=14, validation_frames=3)
    assert samples.train.frame_count == 7 and samples.validation.frame_count == 3
    assert 'frames 5,4,6' in samples.train.names[0]
    assert samples.validation.frame(2).stamp_ns == ns(1.3)


def test_triplets_are_thinned_evenly(record, open_bags) -> None:
    samples = open_bags(record(passing(14), 'a'), record(passing(10), 'b'), max_triplets=5)
    targets = [int(name.split()[-1].split(',')[0]) for name in samples.train.names]
    assert targets == [1, 5, 9, 1, 5]
    assert samples.train.frame_count == 24


def test_samples_travel_to_other_processes(record, open_bags) -> None:
    samples = open_bags(record(passing(30)), validation_fraction=0.3)
    before = samples.train.triplet(2)
    packed = pickle.dumps(samples)
    assert len(packed) < 30 * HEIGHT * WIDTH  # no images
    after = pickle.loads(packed).train.triplet(2)
    np.testing.assert_array_equal(before.images, after.images)


def test_progress_is_told(record, open_bags) -> None:
    told = []
    open_bags(record(passing(20)), advance=lambda *entry: told.append(entry))
    assert ('decoding drive', 20, 20) in told
    assert all(done <= total for _, done, total in told)


def test_the_border_that_undistortion_invents_is_mentioned(record, open_bags) -> None:
    contents = passing(4)
    contents.d = (0.4, 0.0, 0.0, 0.0, 0.0)  # the undistorted view reaches beyond the image
    samples = open_bags(record(contents))
    assert any('lies outside the image' in note for note in samples.notes)
    assert samples.camera.distortion == ()
    bent = open_bags(record(contents, 'again'), undistort=False)
    assert bent.camera.distortion_model == 'plumb_bob'
    assert any('the lens distortion is not removed' in note for note in bent.notes)


def test_settings_are_named_once() -> None:
    from thermal_depth_ros.base.settings import SettingsError, build, describe
    from thermal_depth_ros.samples import DataConfig

    assert len(describe(DataConfig)) == len(dataclasses.fields(DataConfig))
    with pytest.raises(SettingsError, match='nowhere.*frame_interval'):
        build(DataConfig, {'bags': ['x'], 'frame_interval': 0, 'nowhere': 1})


def test_a_prepared_sequence_of_images_is_a_recording_too(tmp_path: Path, open_bags) -> None:
    folder = tmp_path / 'sequence'
    for name in ('Thermal', 'Depth_T'):
        (folder / name).mkdir(parents=True)
    poses = []
    for number in range(8):
        cv2.imwrite(str(folder / 'Thermal' / f'{number:06}.png'), view(3 * number))
        np.save(folder / 'Depth_T' / f'{number:06}.npy', np.full((48, 64), 4.0, np.float32))
        pose = np.eye(4)[:3]
        pose[0, 3] = 0.1 * number
        poses.append(' '.join(map(str, pose.reshape(-1))))
    (folder / 'cam_T.txt').write_text(' '.join(map(str, CAMERA_K)))
    (folder / 'poses_T.txt').write_text('\n'.join(poses))
    samples = open_bags(str(folder), validation_frames=3)
    triplet = samples.train.triplet(0)
    np.testing.assert_array_equal(triplet.images[0], view(3))
    np.testing.assert_allclose(triplet.T_target_source[:, 0, 3], [0.1, -0.1], atol=1e-9)
    assert not samples.train.has_travel
    assert (true_depth_m(samples.validation, 0) == 4.0).all()
    cv2.imwrite(str(folder / 'Thermal' / '000001.png'), view(500))
    changed = open_bags(str(folder), validation_frames=3)
    np.testing.assert_array_equal(changed.train.triplet(0).images[0], view(500))


def test_images_without_a_stamp_have_the_time_of_recording_and_it_is_reported(
    record, open_bags
) -> None:
    contents, messages = passing(5), Messages(False)
    contents.image_topic = f'{IMAGES}/compressed'
    images = []
    for time_s, array, _ in contents.images:
        message = messages.compressed(time_s, array, 'mono16; png compressed ')
        message.header.stamp.sec = message.header.stamp.nanosec = 0
        images.append((time_s, message, ''))
    contents.images = images
    samples = open_bags(record(contents))
    assert samples.train.triplet(0).stamps_ns == (
        ns(0.1),
        ns(0.0),
        ns(0.2),
    )
    assert sum('their time of recording is taken' in note for note in samples.notes) == 1
