# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Prepared sequences of images read as recordings, and what is said about damaged ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.palette_png import palette_png
from thermal_depth_ros.bags.cameras import find_cameras, survey
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.odometry import odometry_sample
from thermal_depth_ros.messages.stamps import stamp_ns

COUNT, SIZE = 4, (12, 16)
K = np.array([[20.0, 0, 7.5], [0, 21.0, 5.5], [0, 0, 1]])


def counts(index: int) -> np.ndarray:
    return np.random.default_rng(index).integers(7000, 9000, SIZE, dtype=np.uint16)


def true_depth(index: int) -> np.ndarray:
    return np.full(SIZE, 2.5 + index)


def true_pose(index: int) -> np.ndarray:
    return rigid.exponential(np.array([0.1, 0, 0.8, 0, 0.05, 0]) * index)


@pytest.fixture
def sequence(tmp_path) -> Path:
    folder = tmp_path / 'night1'
    for name in ('Thermal', 'RGB', 'Depth_T', 'Depth_RGB', 'Labels_RGB'):
        (folder / name).mkdir(parents=True)
    for index in range(COUNT):
        name = f'{index + 1:06d}'
        cv2.imwrite(str(folder / 'Thermal' / f'{name}.png'), counts(index))
        cv2.imwrite(
            str(folder / 'RGB' / f'{name}.png'), np.full((*SIZE, 3), (10, 20, 30), np.uint8)
        )
        np.save(folder / 'Depth_T' / f'{name}.npy', true_depth(index))
        stored = (true_depth(index) * 256).astype(np.uint16)
        cv2.imwrite(str(folder / 'Depth_RGB' / f'{name}.png'), stored)
    cv2.imwrite(str(folder / 'Labels_RGB' / '000002.png'), np.full(SIZE, 13, np.uint8))
    np.savetxt(folder / 'cam_T.txt', K)
    np.savetxt(folder / 'poses_T.txt', [true_pose(i)[:3].reshape(-1) for i in range(COUNT)])
    (folder / 'timestamps.txt').write_text('\n'.join(str(100 + 0.5 * i) for i in range(COUNT)))
    return folder


def messages(recording: Recording, topic: str) -> list:
    return [record.message for record in recording.read([topic])]


def test_images_depth_labels_and_poses(sequence):
    with Recording(sequence) as recording:
        assert [c.kind for c in find_cameras(recording)] == ['rgb', 'thermal']
        images = messages(recording, '/thermal/image_raw')
        depths = messages(recording, '/ground_truth/thermal/depth')
        stored = messages(recording, '/ground_truth/rgb/depth')
        (labels,) = messages(recording, '/ground_truth/rgb/labels')
        samples = [
            odometry_sample(m) for m in messages(recording, '/ground_truth/thermal/odometry')
        ]
        info = camera_from_info(messages(recording, '/thermal/camera_info')[0])
        rgb = decode_camera_image(messages(recording, '/rgb/image_raw')[0], 'rgb')
        assert recording.topics['/ground_truth/rgb/labels'].count == 1
        assert not recording.problems
        assert 'night1: no cam_RGB.txt, so the rgb camera has no K' in recording.notes
    for index in range(COUNT):
        np.testing.assert_array_equal(image_to_array(images[index]), counts(index))
        np.testing.assert_allclose(depth_from_message(depths[index]), true_depth(index))
        np.testing.assert_allclose(depth_from_message(stored[index]), true_depth(index))
        np.testing.assert_allclose(samples[index].T_frame_child, true_pose(index), atol=1e-12)
    stamps = [stamp_ns(m.header) for m in images]
    assert np.diff(stamps).tolist() == [500_000_000] * (COUNT - 1)
    assert stamp_ns(labels.header) == stamps[1]
    assert samples[0].child_frame_id == images[0].header.frame_id
    np.testing.assert_allclose(info.K, K)
    assert (info.height, info.width) == SIZE
    assert rgb[0, 0].tolist() == [30, 20, 10]


def test_the_two_cameras_are_mounted_as_the_calibration_says(sequence):
    T_rgb_thermal = rigid.exponential(np.array([0.2, 0, 0, 0, 0.1, 0]))
    np.savetxt(sequence / 'Tr_T2RGB.txt', T_rgb_thermal)
    with Recording(sequence) as recording:
        frames = RecordedTransforms(recording).of('/thermal/image_raw')
        found = frames.lookup('rgb_optical_frame', 'thermal_optical_frame')
        forward = frames.lookup('base_link', 'thermal_optical_frame')[:3, :3] @ [0, 0, 1]
    np.testing.assert_allclose(found, T_rgb_thermal, atol=1e-12)
    np.testing.assert_allclose(forward, [1, 0, 0], atol=1e-12)


def test_files_of_other_names_are_taken_in_order(sequence):
    for index, path in enumerate(sorted((sequence / 'Depth_T').iterdir())):
        path.rename(path.with_name(f'depth_{index}.npy'))
    with Recording(sequence) as recording:
        depths = messages(recording, '/ground_truth/thermal/depth')
    np.testing.assert_allclose(depth_from_message(depths[2]), true_depth(2))


def test_a_damaged_file_is_named_and_the_rest_is_read(sequence):
    (sequence / 'Thermal' / '000003.png').write_bytes(b'no image')
    np.save(sequence / 'Depth_T' / '000001.npy', np.zeros(3))
    with Recording(sequence) as recording:
        assert len(messages(recording, '/thermal/image_raw')) == COUNT - 1
        assert len(messages(recording, '/ground_truth/thermal/depth')) == COUNT - 1
        text = '\n'.join(recording.problems)
    assert '000003.png: not an image' in text
    assert '000001.npy: a depth map has the shape (H, W), not (3,)' in text


@pytest.mark.parametrize(
    ('file', 'content', 'text'),
    [
        ('cam_T.txt', '1 2 3', 'cam_T.txt: 3 numbers are no matrix of 3x3'),
        (
            'poses_T.txt',
            '1 0 0 0 0 1 0 0 0 0 1 0\n',
            'poses_T.txt: 12 numbers are not 12 for each of 4 images',
        ),
        ('poses_T.txt', 'nan ' * 48, 'poses_T.txt: not all numbers are finite'),
        ('timestamps.txt', '1 2 2 3', 'timestamps.txt: time 3, 2, is not later than'),
        ('cam_T.txt', 'fx = 4', 'cam_T.txt: could not convert'),
    ],
)
def test_invalid_files_next_to_the_images(sequence, file, content, text):
    (sequence / file).write_text(content)
    with pytest.raises(BagError, match=text.replace('(', r'\(')):
        Recording(sequence)


def test_depth_of_other_images(sequence):
    files = sorted((sequence / 'Depth_T').iterdir())
    files[0].unlink()
    for path in files[1:]:
        path.rename(path.with_name(f'x{path.name}'))
    with pytest.raises(BagError, match='Depth_T: 3 files, none named as one of the 4 images'):
        Recording(sequence)


def test_poses_of_whole_matrices(sequence):
    T = np.array([true_pose(i) for i in range(COUNT)])
    np.savetxt(sequence / 'poses_T.txt', T.reshape(COUNT, 16))
    with Recording(sequence) as recording:
        odometry = messages(recording, '/ground_truth/thermal/odometry')
    found = [odometry_sample(message).T_frame_child for message in odometry]
    np.testing.assert_allclose(found, T, atol=1e-9)


@pytest.mark.parametrize('factor', [0.0, 2.0, -1.0])
def test_a_pose_that_is_no_rotation_is_named(sequence, factor):
    T = np.array([true_pose(i)[:3] for i in range(COUNT)])
    T[2, :, :3] *= factor
    np.savetxt(sequence / 'poses_T.txt', T.reshape(COUNT, 12))
    with pytest.raises(BagError, match=r'poses_T.txt: pose 3: .* not a rotation'):
        Recording(sequence)


def test_images_without_times_have_an_assumed_rate_and_it_is_reported(sequence):
    (sequence / 'timestamps.txt').unlink()
    with Recording(sequence) as recording:
        stamps = [stamp_ns(m.header) for m in messages(recording, '/thermal/image_raw')]
        assert any('images are taken to be 0.1 s apart' in note for note in recording.notes)
    assert np.diff(stamps).tolist() == [10**8] * (COUNT - 1)


def test_coloured_labels_are_refused(sequence):
    cv2.imwrite(str(sequence / 'Labels_RGB' / '000002.png'), np.zeros((*SIZE, 3), np.uint8))
    with Recording(sequence) as recording:
        assert messages(recording, '/ground_truth/rgb/labels') == []
        assert 'labels are a grey image of class ids' in recording.problems[-1]


def test_a_folder_without_images_is_no_recording(tmp_path):
    (tmp_path / 'Thermal').mkdir()
    with pytest.raises(BagError, match='no recording in this folder'):
        Recording(tmp_path)


def test_contract_names(sequence):
    with Recording(sequence) as recording:
        assert {f'/{contract.image_topic(k)}' for k in ('thermal', 'rgb')} <= set(recording.topics)


def rename_to_numbers(folder: Path, first: int) -> None:
    """Name the files of a folder 8, 9, 10 and so on, which letters put in another order."""
    for number, path in enumerate(sorted(folder.iterdir()), first):
        path.rename(path.with_name(f'{number}{path.suffix}'))


def test_numbers_without_padding_are_in_order_and_it_is_reported_once(sequence):
    rename_to_numbers(sequence / 'Thermal', 8)
    rename_to_numbers(sequence / 'Depth_T', 8)
    with Recording(sequence) as recording:
        images = messages(recording, '/thermal/image_raw')
        depths = messages(recording, '/ground_truth/thermal/depth')
        said = [note for note in recording.notes if 'mixed width' in note]
        assert not recording.problems
    for index in range(COUNT):
        np.testing.assert_array_equal(image_to_array(images[index]), counts(index))
        np.testing.assert_allclose(depth_from_message(depths[index]), true_depth(index))
    assert [note.partition(':')[0] for note in said] == ['Thermal', 'Depth_T']
    assert '8.png to 11.png' in said[0]


def test_names_of_one_number_belong_together_however_they_are_padded(sequence):
    rename_to_numbers(sequence / 'Thermal', 8)
    depths = sorted((sequence / 'Depth_T').iterdir())
    depths[0].unlink()
    for number, path in enumerate(depths[1:], 9):
        path.rename(path.with_name(f'{number:06d}.npy'))
    with Recording(sequence) as recording:
        found = messages(recording, '/ground_truth/thermal/depth')
        stamps = [stamp_ns(m.header) for m in messages(recording, '/thermal/image_raw')]
    assert [stamp_ns(message.header) for message in found] == stamps[1:]
    np.testing.assert_allclose(depth_from_message(found[0]), true_depth(1))


def test_hidden_files_of_other_systems_are_none_of_the_images(sequence):
    for folder in ('Thermal', 'Depth_T', 'RGB'):
        for path in list((sequence / folder).iterdir()):
            path.with_name(f'._{path.name}').write_bytes(b'\0\5\x16\7Mac OS X')
        (sequence / folder / '.DS_Store').write_bytes(b'Bud1')
    with Recording(sequence) as recording:
        assert recording.topics['/thermal/image_raw'].count == COUNT
        assert len(messages(recording, '/thermal/image_raw')) == COUNT
        assert not recording.problems


@pytest.mark.parametrize(
    ('times', 'said'),
    [
        ([1_700_000_000_000_000_000 + k * 10**8 for k in range(COUNT)], 'times in nanoseconds'),
        ([1_700_000_000_000_000 + k * 10**5 for k in range(COUNT)], 'times in microseconds'),
        ([1_700_000_000_000 + k * 100 for k in range(COUNT)], 'times in milliseconds'),
        ([f'1700000000.{k}' for k in range(COUNT)], 'times in seconds'),
        ([f'2023-11-14 22:13:20.{k}' for k in range(COUNT)], 'dates'),
    ],
)
def test_times_of_every_unit_are_the_stamps_of_the_images(sequence, times, said):
    (sequence / 'timestamps.txt').write_text('\n'.join(map(str, times)))
    with Recording(sequence) as recording:
        stamps = [stamp_ns(m.header) for m in messages(recording, '/thermal/image_raw')]
        assert [note for note in recording.notes if f'timestamps.txt holds {said}' in note]
        assert not recording.problems
    assert stamps == [1_700_000_000_000_000_000 + k * 10**8 for k in range(COUNT)]


def test_names_of_images_are_their_times_where_no_file_tells_them(sequence):
    (sequence / 'timestamps.txt').unlink()
    for index, path in enumerate(sorted((sequence / 'Thermal').iterdir())):
        path.rename(path.with_name(f'{1_700_000_000_000_000 + index * 50_000}.png'))
    with Recording(sequence) as recording:
        stamps = [stamp_ns(m.header) for m in messages(recording, '/thermal/image_raw')]
        assert any('names in Thermal are times in microseconds' in n for n in recording.notes)
    assert stamps == [1_700_000_000_000_000_000 + k * 50_000_000 for k in range(COUNT)]


def test_times_that_are_no_times_of_ros_are_refused_before_anything_is_read(sequence):
    (sequence / 'timestamps.txt').write_text('\n'.join(['0', '1e30', '2e30', '3e30']))
    with pytest.raises(BagError, match=r'timestamps.txt: time 2, 1e30, is out of range'):
        Recording(sequence)


def test_grey_saved_as_colours_is_read_as_counts_and_reported(sequence):
    for index, path in enumerate(sorted((sequence / 'Thermal').iterdir())):
        grey = (counts(index) >> 8).astype(np.uint8)
        cv2.imwrite(str(path), np.dstack([grey] * 3))
    with Recording(sequence) as recording:
        (camera,) = [c for c in find_cameras(recording) if c.kind == 'thermal']
        images = [
            decode_camera_image(message, 'thermal')
            for message in messages(recording, camera.image_topic)
        ]
        assert sum('that are equal' in note for note in recording.notes) == 1
    for index in range(COUNT):
        np.testing.assert_array_equal(images[index], counts(index) >> 8)


def test_the_size_of_the_camera_is_that_of_the_first_image_that_can_be_read(sequence):
    (sequence / 'Thermal' / '000001.png').write_bytes(b'no image')
    with Recording(sequence) as recording:
        info = camera_from_info(messages(recording, '/thermal/camera_info')[0])
        assert len(messages(recording, '/thermal/image_raw')) == COUNT - 1
        assert '000001.png: not an image' in recording.problems[0]
    assert (info.height, info.width) == SIZE
    for path in (sequence / 'Thermal').iterdir():
        path.write_bytes(b'no image')
    with pytest.raises(BagError, match=r'000001.png: not an image'):
        Recording(sequence)


def test_true_colours_are_no_counts(sequence):
    rng = np.random.default_rng(0)
    for index, path in enumerate(sorted((sequence / 'Thermal').iterdir())):
        # A black image first, whose channels are equal whatever the camera does.
        colours = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8) * np.uint8(index > 0)
        cv2.imwrite(str(path), colours)
    with Recording(sequence) as recording:
        found = survey(recording)
        assert [camera.kind for camera in found.cameras] == ['rgb']
        assert 'not its counts' in dict(found.unused)['/thermal/image_raw']


def test_indices_of_a_palette_are_the_classes(sequence):
    ids = np.random.default_rng(1).integers(0, 19, SIZE).astype(np.uint8)
    (sequence / 'Labels_RGB' / '000002.png').write_bytes(palette_png(ids))
    with Recording(sequence) as recording:
        (message,) = messages(recording, '/ground_truth/rgb/labels')
    np.testing.assert_array_equal(image_to_array(message), ids)
