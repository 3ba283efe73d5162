# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of every kind to triplets, and what is said about those that give none."""

import dataclasses
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.samples import SamplesError

STORAGES = ('mcap', 'mcap-zstd', 'sqlite3', 'sqlite3-zstd', 'ros1', 'ros1-bz2')


@pytest.mark.parametrize('storage', STORAGES)
def test_every_storage_gives_the_recorded_counts(kit, record, open_bags, storage: str) -> None:
    contents = kit.passing(6)
    samples = open_bags(record(contents, storage=storage))
    assert len(samples.train) == 4 and samples.deep and samples.channels == 1
    triplet = samples.train.triplet(1)
    for image, number in zip(triplet.images, (2, 1, 3), strict=True):
        np.testing.assert_array_equal(image, contents.images[number][1])
    assert triplet.images.dtype == np.uint16
    assert triplet.stamps_ns == (kit.ns(0.2), kit.ns(0.1), kit.ns(0.3))
    np.testing.assert_array_equal(triplet.K, np.array(kit.K).reshape(3, 3))
    assert triplet.T_target_source is None and triplet.travelled_m is None
    assert kit.IMAGES in triplet.where and 'frames 2,1,3' in triplet.where
    assert samples.train.names[1] == triplet.where


def test_several_recordings_follow_each_other(kit, record, open_bags) -> None:
    other = kit.passing(5)
    other.k = tuple(2.0 * value for value in kit.K[:8]) + (1.0,)
    samples = open_bags(record(kit.passing(4), 'a'), record(other, 'b', 'ros1'))
    assert len(samples.train) == 2 + 3
    assert [samples.train.triplet(i).K[0, 0] for i in range(5)] == [50, 50, 100, 100, 100]
    assert all('a' in Path(name.split()[0]).name for name in samples.train.names[:2])
    with pytest.raises(IndexError):
        samples.train.triplet(5)


def test_samples_are_resized_and_K_with_them(kit, record, open_bags) -> None:
    contents = kit.passing(3)
    samples = open_bags(record(contents), width=32, height=24)
    triplet = samples.train.triplet(0)
    halves = contents.images[1][1].astype(float).reshape(24, 2, 32, 2).mean((1, 3))
    np.testing.assert_allclose(triplet.images[0], halves, atol=0.5)
    np.testing.assert_allclose(np.diag(triplet.K), [25.0, 26.0, 1.0])
    np.testing.assert_allclose(triplet.K[:2, 2], [15.75, 11.75])
    assert (samples.camera.width, samples.camera.height) == (32, 24)


def test_eight_bit_video_says_what_it_loses(kit, record, open_bags) -> None:
    contents = kit.passing(4)
    contents.images = [(t, (a // 16).astype(np.uint8), 'mono8') for t, a, _ in contents.images]
    samples = open_bags(record(contents))
    assert not samples.deep and samples.train.triplet(0).images.dtype == np.uint8
    assert any('8-bit' in note and 'temperatures are lost' in note for note in samples.notes)


def test_colour_images_keep_their_colours(kit, record, open_bags) -> None:
    contents = kit.passing(4)
    grey = [(a // 16).astype(np.uint8) for _, a, _ in contents.images]
    rgb = [np.stack([g, g // 2, 255 - g], 2) for g in grey]
    contents.images = [(0.1 * i, image, 'rgb8') for i, image in enumerate(rgb)]
    contents.image_topic = '/rgb/image_raw'
    samples = open_bags(record(contents), camera='rgb')
    assert samples.channels == 3
    np.testing.assert_array_equal(samples.train.triplet(0).images[1], rgb[0])


def test_eight_bits_where_sixteen_are_asked_for_are_refused(kit, record, open_bags) -> None:
    contents = kit.passing(4)
    contents.images = [(t, (a // 16).astype(np.uint8), 'mono8') for t, a, _ in contents.images]
    with pytest.raises(SamplesError, match=r'/thermal/image_raw.*8 bit.*mono8.*bit_depth is 16'):
        open_bags(record(contents), bit_depth='16')


def test_sixteen_bits_that_a_jpeg_has_cut_off_are_refused(kit, record, open_bags) -> None:
    contents, messages = kit.passing(4), kit.Messages(False)
    contents.image_topic = f'{kit.IMAGES}/compressed'
    contents.images = [
        (
            t,
            messages.compressed(t, (a // 16).astype(np.uint8), 'mono16; jpeg compressed', '.jpg'),
            '',
        )
        for t, a, _ in contents.images
    ]
    contents.k = None
    contents.extra = [
        (0.0, kit.INFO, 'sensor_msgs/msg/CameraInfo', messages.info(0.0, kit.Contents()))
    ]
    path = record(contents)
    with pytest.raises(SamplesError, match='compression has cut them off.*bit_depth to 8'):
        open_bags(path)
    assert not open_bags(path, bit_depth='8').deep


def test_sixteen_bit_png_is_as_good_as_raw(kit, record, open_bags) -> None:
    contents, messages = kit.passing(4), kit.Messages(False)
    raw = [a for _, a, _ in contents.images]
    contents.image_topic = '/thermal/image_raw/compressed'
    contents.images = [
        (t, messages.compressed(t, a, 'mono16; png compressed '), '') for t, a, _ in contents.images
    ]
    contents.k = None
    contents.extra = [
        (0.0, kit.INFO, 'sensor_msgs/msg/CameraInfo', messages.info(0.0, kit.Contents()))
    ]
    samples = open_bags(record(contents))
    np.testing.assert_array_equal(samples.train.triplet(0).images[0], raw[1])


def test_recordings_of_different_depth_do_not_mix(kit, record, open_bags) -> None:
    shallow = kit.passing(4)
    shallow.images = [(t, (a // 16).astype(np.uint8), 'mono8') for t, a, _ in shallow.images]
    with pytest.raises(SamplesError, match='16 bit.*8 bit.*cannot be mixed'):
        open_bags(record(kit.passing(4), 'a'), record(shallow, 'b'))


def test_a_topic_that_is_not_there_is_answered_with_those_that_are(kit, record, open_bags) -> None:
    path = record(kit.passing(4))
    with pytest.raises(BagError, match=r'no topic /nowhere(.|\n)*/thermal/image_raw'):
        open_bags(path, image_topic='/nowhere')
    with pytest.raises(BagError, match=r'no topic /odometry(.|\n)*/thermal/image_raw'):
        open_bags(path, pose_topic='/odometry')
    with pytest.raises(SamplesError, match='pose_topic /thermal/image_raw is a sensor_msgs'):
        open_bags(path, pose_topic=kit.IMAGES)
    with pytest.raises(SamplesError, match='no rgb camera(.|\n)*/thermal/image_raw'):
        open_bags(path, camera='rgb')


def test_two_cameras_must_be_told_apart(kit, record, open_bags) -> None:
    contents, messages = kit.passing(4), kit.Messages(False)
    contents.extra = [
        (t, '/left/thermal/image_raw', 'sensor_msgs/msg/Image', messages.image(t, a, e))
        for t, a, e in contents.images
    ]
    path = record(contents)
    with pytest.raises(SamplesError, match='2 thermal cameras: /left.*choose one by image_topic'):
        open_bags(path)
    assert len(open_bags(path, image_topic=kit.IMAGES).train) == 2


def test_contradictions_are_named_at_once(open_bags) -> None:
    with pytest.raises(SamplesError) as caught:
        open_bags(last_frame=3, first_frame=5, camera='rgb', bit_depth='16')
    assert all(word in str(caught.value) for word in ('bags', 'last_frame', 'bit_depth'))


def test_one_image_is_too_few(kit, record, open_bags) -> None:
    with pytest.raises(
        SamplesError, match='1 usable images of /thermal/image_raw.*requires 3 images'
    ):
        open_bags(record(kit.passing(1)))


def test_constant_images_are_no_material(kit, record, open_bags) -> None:
    contents = kit.passing(5)
    contents.images = [
        (t, np.full_like(a, 3000 + i), 'mono16') for i, (t, a, _) in enumerate(contents.images)
    ]
    with pytest.raises(SamplesError, match='0 usable images.*5 constant'):
        open_bags(record(contents))


def test_frozen_repeated_and_odd_images_are_left_out_and_counted(kit, record, open_bags) -> None:
    contents = kit.passing(12)
    shots = contents.images
    shots[3] = (0.3, shots[2][1], 'mono16')  # frozen
    shots[5] = (0.5, kit.view(0, 24, 32), 'mono16')  # another size
    shots[7] = (0.7, (shots[7][1] // 16).astype(np.uint8), 'mono8')  # another depth
    shots[9] = (0.9, shots[9][1], 'mono17')  # no such encoding
    samples = open_bags(record(contents), max_gap_s=0.25)
    kept = [0, 1, 2, 4, 6, 8, 10, 11]
    assert [int(n) for n in samples.train._parts[0].frames.numbers] == kept
    for word in ('frozen', 'of another size', 'of another bit depth', 'undecodable'):
        assert samples.left_out[next(k for k in samples.left_out if word in k)] == 1
        assert any(word in note and kit.IMAGES in note for note in samples.notes)
    assert 'frames 4,2,6' in samples.train.names[2]


def test_repeated_and_backward_stamps_are_left_out(kit, record, open_bags) -> None:
    contents, messages = kit.passing(8), kit.Messages(False)
    contents.extra = [
        (
            time_s,
            kit.IMAGES,
            'sensor_msgs/msg/Image',
            messages.image({0.35: 0.3, 0.55: 0.1}[time_s], kit.view(200 + time_s), 'mono16'),
        )
        for time_s in (0.35, 0.55)
    ]
    samples = open_bags(record(contents))
    assert samples.left_out['not later than the one before'] == 2
    assert len(samples.train) == 6


def test_a_silence_breaks_the_triplets(kit, record, open_bags) -> None:
    contents = kit.passing(10)
    contents.images = contents.images[:4] + [(t + 3, a, e) for t, a, e in contents.images[4:]]
    samples = open_bags(record(contents), max_gap_s=1.0)
    assert len(samples.train) == 2 + 4
    assert samples.left_out['triplets across a gap'] == 2
    assert any('across a gap' in note for note in samples.notes)


def test_a_truncated_recording_is_used_as_far_as_it_goes(kit, record, open_bags) -> None:
    whole = Path(record(kit.passing(40), 'whole', 'ros1'))
    cut = whole.with_name('cut.bag')
    data = whole.read_bytes()
    cut.write_bytes(data[: int(len(data) * 0.6)])
    samples = open_bags(str(cut))
    assert 5 < samples.train.frame_count < 40
    assert any('cut.bag' in note for note in samples.notes)
    first = samples.notes
    assert open_bags(str(cut)).notes == first  # also when read from the cache


def test_a_camera_that_stands_still_is_not_trained_on(kit, record, open_bags) -> None:
    contents = kit.passing(8, step=0.0001)  # other noise, the same view
    with pytest.raises(SamplesError, match='all images stand still.*pixels'):
        open_bags(record(contents))
    assert len(open_bags(record(contents, 'again'), leave_out_still=False).train) == 6


def test_a_robot_that_stands_still_says_how_far_it_moved(kit, record, open_bags) -> None:
    contents = kit.passing(8)
    contents.odometry = [(0.05 * i, np.eye(4), 0.0) for i in range(20)]
    with pytest.raises(SamplesError, match='all images stand still: the camera moved 0 m'):
        open_bags(record(contents))


def test_the_end_of_each_recording_is_kept_for_validation(kit, record, open_bags) -> None:
    path = record(kit.passing(20))
    by_count = open_bags(path, validation_frames=5)
    assert by_count.validation.frame_count == 5 and by_count.train.frame_count == 15
    assert len(by_count.train) == 13 and len(by_count.validation) == 3
    by_time = open_bags(path, validation_fraction=0.25)
    assert by_time.validation.frame_count == 5
    assert 'frames 16,15,17' in by_time.validation.names[0]
    assert by_time.validation.target_frame(0) == 1
    np.testing.assert_array_equal(
        by_time.validation.frame(1).image, by_time.validation.triplet(0).images[0]
    )


def test_whole_recordings_are_kept_for_validation(kit, record, open_bags) -> None:
    a, b = record(kit.passing(6), 'a'), record(kit.passing(7), 'b')
    samples = open_bags(a, validation_bags=(b,), validation_fraction=0.5)
    assert (len(samples.train), len(samples.validation)) == (4, 5)


def test_limits_choose_images_by_their_numbers(kit, record, open_bags) -> None:
    samples = open_bags(record(kit.passing(20)), first_frame=4, last_frame=14, validation_frames=3)
    assert samples.train.frame_count == 7 and samples.validation.frame_count == 3
    assert 'frames 5,4,6' in samples.train.names[0]
    assert samples.validation.frame(2).stamp_ns == kit.ns(1.3)


def test_triplets_are_thinned_evenly(kit, record, open_bags) -> None:
    samples = open_bags(record(kit.passing(14), 'a'), record(kit.passing(10), 'b'), max_triplets=5)
    targets = [int(name.split()[-1].split(',')[0]) for name in samples.train.names]
    assert targets == [1, 5, 9, 1, 5]
    assert samples.train.frame_count == 24


def test_samples_travel_to_other_processes(kit, record, open_bags) -> None:
    samples = open_bags(record(kit.passing(30)), validation_fraction=0.3)
    before = samples.train.triplet(2)
    packed = pickle.dumps(samples)
    assert len(packed) < 30 * kit.HEIGHT * kit.WIDTH  # no images
    after = pickle.loads(packed).train.triplet(2)
    np.testing.assert_array_equal(before.images, after.images)


def test_progress_is_told(kit, record, open_bags) -> None:
    told = []
    open_bags(record(kit.passing(20)), advance=lambda *entry: told.append(entry))
    assert ('decoding drive', 20, 20) in told
    assert all(done <= total for _, done, total in told)


def test_the_border_that_undistortion_invents_is_mentioned(kit, record, open_bags) -> None:
    contents = kit.passing(4)
    contents.d = (0.4, 0.0, 0.0, 0.0, 0.0)  # the undistorted view reaches beyond the image
    samples = open_bags(record(contents))
    assert any('lies outside the image' in note for note in samples.notes)
    assert samples.camera.distortion == ()
    bent = open_bags(record(contents, 'again'), undistort=False)
    assert bent.camera.distortion_model == 'plumb_bob'
    assert any('the lens distortion is not removed' in note for note in bent.notes)


def test_shutter_images_of_a_synthetic_drive_are_left_out(tmp_path: Path, open_bags) -> None:
    from thermal_depth_ros.simulation.config import SimulationConfig
    from thermal_depth_ros.simulation.drive import Drive
    from thermal_depth_ros.simulation.drive_writer import write_drive

    small = {'thermal_width': 64, 'thermal_height': 48, 'rgb_width': 16, 'rgb_height': 16}
    small |= {'scene': 'street', 'duration_s': 3.0, 'shutter_period_s': 2.0}
    for seed, shutter in ((3, 'flat'), (5, 'frozen')):
        config = SimulationConfig(seed=seed, shutter=shutter, **small)
        path = tmp_path / shutter
        written = write_drive(Drive(config), path)
        samples = open_bags(str(path), camera='thermal')
        reason = 'shutter' if shutter == 'flat' else 'frozen'
        counts = {k: v for k, v in samples.left_out.items() if 'triplet' not in k}
        assert list(counts.values()) == [written.shutter_frames], (counts, written)
        assert all(reason in key for key in counts)
        assert samples.train.has_poses and samples.train.has_travel


def test_settings_are_named_once(kit) -> None:
    from thermal_depth_ros.base.settings import SettingsError, build, describe
    from thermal_depth_ros.samples import DataConfig

    assert len(describe(DataConfig)) == len(dataclasses.fields(DataConfig))
    with pytest.raises(SettingsError, match='nowhere.*frame_interval'):
        build(DataConfig, {'bags': ['x'], 'frame_interval': 0, 'nowhere': 1})


def test_all_images_of_another_size_than_the_calibration(kit, record, open_bags) -> None:
    contents = kit.passing(4)
    contents.size = (96, 128)
    with pytest.raises(SamplesError, match='none of the 4 images.*calibrated at 128x96.*64x48'):
        open_bags(record(contents))


def test_a_prepared_sequence_of_images_is_a_recording_too(kit, tmp_path: Path, open_bags) -> None:
    folder = tmp_path / 'sequence'
    for name in ('Thermal', 'Depth_T'):
        (folder / name).mkdir(parents=True)
    poses = []
    for number in range(8):
        cv2.imwrite(str(folder / 'Thermal' / f'{number:06}.png'), kit.view(3 * number))
        np.save(folder / 'Depth_T' / f'{number:06}.npy', np.full((48, 64), 4.0, np.float32))
        pose = np.eye(4)[:3]
        pose[0, 3] = 0.1 * number
        poses.append(' '.join(map(str, pose.reshape(-1))))
    (folder / 'cam_T.txt').write_text(' '.join(map(str, kit.K)))
    (folder / 'poses_T.txt').write_text('\n'.join(poses))
    samples = open_bags(str(folder), validation_frames=3)
    triplet = samples.train.triplet(0)
    np.testing.assert_array_equal(triplet.images[0], kit.view(3))
    np.testing.assert_allclose(triplet.T_target_source[:, 0, 3], [0.1, -0.1], atol=1e-9)
    assert not samples.train.has_travel
    assert (samples.validation.depth_m(0) == 4.0).all()
    cv2.imwrite(str(folder / 'Thermal' / '000001.png'), kit.view(500))
    changed = open_bags(str(folder), validation_frames=3)
    np.testing.assert_array_equal(changed.train.triplet(0).images[0], kit.view(500))


def test_images_without_a_stamp_have_the_time_of_recording_and_it_is_said(
    kit, record, open_bags
) -> None:
    contents, messages = kit.passing(5), kit.Messages(False)
    contents.image_topic = f'{kit.IMAGES}/compressed'
    images = []
    for time_s, array, _ in contents.images:
        message = messages.compressed(time_s, array, 'mono16; png compressed ')
        message.header.stamp.sec = message.header.stamp.nanosec = 0
        images.append((time_s, message, ''))
    contents.images = images
    samples = open_bags(record(contents))
    assert samples.train.triplet(0).stamps_ns == (kit.ns(0.1), kit.ns(0.0), kit.ns(0.2))
    assert sum('their time of recording is taken' in note for note in samples.notes) == 1


def telemetry(kit, count: int = 6):
    """A drive with true depth whose images have two rows of telemetry below."""
    contents = kit.passing(count)
    rows = np.zeros((2, kit.WIDTH), np.uint16)
    rows[:, :9] = 60000
    contents.images = [(t, np.vstack([image, rows]), e) for t, image, e in contents.images]
    return contents


def test_rows_of_telemetry_are_named_and_left_out_where_asked(kit, record, open_bags) -> None:
    path = record(telemetry(kit))
    with pytest.raises(SamplesError, match='2 rows more than its camera_info.*crop_bottom: 2'):
        open_bags(path)
    samples = open_bags(path, crop_bottom=2)
    clean = open_bags(record(kit.passing(6), 'clean'))
    for index in range(len(clean.train)):
        cut, whole = samples.train.triplet(index), clean.train.triplet(index)
        np.testing.assert_array_equal(cut.images, whole.images)
        np.testing.assert_array_equal(cut.K, whole.K)


def test_a_camera_and_depth_of_the_whole_image_are_cropped_with_it(kit, record, open_bags) -> None:
    contents = kit.passing(6)
    depth = np.tile(np.arange(1, kit.HEIGHT + 1, dtype=np.float32)[:, None], (1, kit.WIDTH))
    contents.depth = [(t, depth) for t, _, _ in contents.images]
    crop = {'crop_top': 8, 'crop_left': 16, 'height': kit.HEIGHT - 8, 'width': kit.WIDTH - 16}
    samples = open_bags(record(contents), **crop, validation_fraction=0.5)
    plain = open_bags(record(contents, 'plain'), validation_fraction=0.5)
    K = np.reshape(kit.K, (3, 3)) - [[0, 0, 16], [0, 0, 8], [0, 0, 0]]
    np.testing.assert_allclose(samples.train.triplet(0).K, K)
    whole = plain.train.triplet(0).images
    np.testing.assert_array_equal(samples.train.triplet(0).images, whole[:, 8:, 16:])
    np.testing.assert_array_equal(samples.validation.depth_m(0), depth[8:, 16:])


def test_the_cache_tells_crops_apart_and_forgets_nothing_without(kit, record, open_bags) -> None:
    path = record(kit.passing(6))
    told = []
    size = {'height': 40, 'width': 64}
    for crop in ({}, {'crop_top': 8}, {'crop_bottom': 8}, {}):
        told.append(0)

        def advance(stage: str, _done: int, _total: int) -> None:
            told[-1] += stage.startswith('decoding')

        open_bags(path, advance=advance, **crop, **size)
    assert told[0] and told[1] and told[2] and not told[3]


def test_telemetry_that_camera_info_counts_is_noted(kit, record, open_bags) -> None:
    contents = telemetry(kit)
    contents.size = (kit.HEIGHT + 2, kit.WIDTH)
    (note,) = [note for note in open_bags(record(contents)).notes if 'crop_bottom: 2' in note]
    assert 'lie far outside of the rest' in note
    cut = open_bags(record(contents, 'cut'), crop_bottom=2)
    assert not any('crop_' in note for note in cut.notes)


def test_temperatures_are_trained_on_and_it_is_said(kit, record, open_bags) -> None:
    contents = kit.passing(5)
    contents.images = [
        (t, (image / 100 - 20).astype(np.float32), '32FC1') for t, image, _ in contents.images
    ]
    samples = open_bags(record(contents))
    assert sum('read as temperatures' in note for note in samples.notes) == 1
    whole = open_bags(record(kit.passing(5), 'counts'))
    np.testing.assert_array_equal(
        samples.train.triplet(0).images, whole.train.triplet(0).images + (27315 - 2000)
    )


def test_a_crop_that_leaves_nothing_is_named(kit, record, open_bags) -> None:
    path = record(kit.passing(4))
    with pytest.raises(SamplesError, match='nothing is left of an image of 64x48 .crop_top: 48'):
        open_bags(path, crop_top=48)
