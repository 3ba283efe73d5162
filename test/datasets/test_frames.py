# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of images and videos, with what people have beside them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.data_sets import (
    FRAMES,
    HEIGHT,
    WIDTH,
    Truth,
    check_truth,
    convert,
    depth_of,
    messages,
    numbers,
    pose_of,
    refused,
    rgb_of,
    thermal_of,
    topics,
    write_depth,
    write_image,
    write_lines,
)
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.compressed import decode_compressed

CALIBRATION = f"""\
image_width: {WIDTH}
image_height: {HEIGHT}
camera_name: thermal
camera_matrix: {{rows: 3, cols: 3, data: [20, 0, 11.5, 0, 21, 7.5, 0, 0, 1]}}
distortion_model: plumb_bob
distortion_coefficients: {{rows: 1, cols: 5, data: [-0.1, 0.01, 0, 0, 0]}}
"""
SEEN_HZ, VIDEO_HZ = 12.5, 20.0  # an AVI of OpenCV holds whole numbers


def write_folder(folder: Path) -> Truth:
    """Write thermal images, depth in millimetres, classes, and poses as KITTI has them."""
    truth = Truth()
    for n in range(FRAMES):
        write_image(folder / 'images' / f'{n}.png', thermal_of(n))
        write_depth(folder / 'depth' / f'{n:03d}.png', depth_of(n), 1000)
        write_image(folder / 'labels' / f'{n}.png', np.full((HEIGHT, WIDTH), n, np.uint8))
        truth.depth_m.append(depth_of(n))
        truth.T_world_camera.append(pose_of(n))
    write_lines(folder / 'poses.txt', [numbers(T[:3]) for T in truth.T_world_camera])
    (folder / 'calibration.yaml').write_text(CALIBRATION)
    return truth


def options_of(folder: Path, output: Path) -> list:
    options = ['frames', folder, '-o', output, '--camera', 'thermal', '--rate-hz', SEEN_HZ]
    return [*options, '--calibration', folder / 'calibration.yaml', '--units-per-metre', 1000]


def test_truth_has_no_error(tmp_path):
    truth = write_folder(tmp_path / 'flight')
    convert(*options_of(tmp_path / 'flight', tmp_path / 'out'), '--start', '2024-05-01T12:00:00Z')
    recording = tmp_path / 'out' / 'flight'
    check_truth(recording, 'thermal', truth, tmp_path)
    assert topics(recording)['/ground_truth/thermal/labels'] == FRAMES
    camera = camera_from_info(messages(recording, '/thermal/camera_info')[0])
    assert (camera.fy, camera.distortion) == (21.0, (-0.1, 0.01, 0.0, 0.0, 0.0))
    stamps = [m.header.stamp for m in messages(recording, '/thermal/image_raw/compressed')]
    assert [(s.sec - 1_714_564_800, s.nanosec) for s in stamps[:2]] == [(0, 0), (0, 80_000_000)]


def test_poses_with_times(tmp_path):
    truth = write_folder(tmp_path / 'flight')
    times = [1_700_000_000 + n / 8 for n in range(FRAMES)]
    write_lines(tmp_path / 'flight' / 'timestamps.txt', times)
    rows = [[time, *T[:3, 3], *rigid.quaternion_from_matrix(T[:3, :3])]
            for time, T in zip(times, truth.T_world_camera, strict=True)]  # fmt: skip
    write_lines(tmp_path / 'flight' / 'poses.txt', [numbers(np.array(row)) for row in rows])
    options = options_of(tmp_path / 'flight', tmp_path / 'out')
    convert(*options[:6], *options[8:])
    check_truth(tmp_path / 'out' / 'flight', 'thermal', truth, tmp_path)


def test_what_cannot_be_guessed_is_asked_for(tmp_path, capsys):
    write_folder(tmp_path / 'flight')
    options = options_of(tmp_path / 'flight', tmp_path / 'out')
    text = refused(capsys, *options[:-2])
    assert '000.png: depth of 16 bits does not say its unit; --units-per-metre does' in text
    text = refused(capsys, *options[:6], *options[8:])
    assert 'no timestamps.txt, and the names of the images are no times; --rate-hz' in text
    text = refused(capsys, *options, '--calibration', tmp_path / 'none.yaml')
    assert 'none.yaml: missing; expected a calibration' in text
    (tmp_path / 'flight' / 'calibration.yaml').write_text(CALIBRATION.replace('24', '640'))
    text = refused(capsys, *options)
    assert 'calibration.yaml: for images of 640x16, but those of /thermal/image_raw' in text
    assert 'have 24x16' in text
    text = refused(capsys, *options, '--start', 'yesterday', '--calibration', '')
    assert '--start yesterday: no date' in text
    write_lines(tmp_path / 'flight' / 'poses.txt', ['1 2 3'])
    text = refused(capsys, *options, '--calibration', '')
    assert 'poses.txt: 3 columns; poses have 8' in text


def write_video(path: Path, grey: bool) -> list[np.ndarray]:
    """Write frames that JPEG keeps nearly as they are; return them, R, G, B."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = cv2.VideoWriter.fourcc(*'MJPG')
    writer = cv2.VideoWriter(str(path), cv2.CAP_OPENCV_MJPEG, code, VIDEO_HZ, (64, 48))
    assert writer.isOpened()
    frames = []
    for n in range(FRAMES):
        frame = np.full((48, 64, 3), 40 + 30 * n, np.uint8)
        if not grey:
            frame[..., 2] = 200
        writer.write(frame[..., ::-1])
        frames.append(frame)
    writer.release()
    return frames


@pytest.mark.parametrize('grey', [True, False])
def test_a_video(tmp_path, capsys, grey):
    frames = write_video(tmp_path / 'walk.avi', grey)
    convert('frames', tmp_path / 'walk.avi', '-o', tmp_path, '--camera', 'thermal')
    assert 'without camera_info' in capsys.readouterr().out
    images = messages(tmp_path / 'walk', '/thermal/image_raw/compressed')
    assert len(images) == FRAMES
    for image, frame in zip(images, frames, strict=True):
        decoded = decode_compressed(image)
        assert decoded.encoding == ('mono8' if grey else 'bgr8')
        wanted = frame[..., 0] if grey else frame[..., ::-1]
        assert np.abs(decoded.array.astype(int) - wanted).max() <= 12
    between = images[1].header.stamp.nanosec - images[0].header.stamp.nanosec
    assert between == 50_000_000


def test_irval_is_thermal(tmp_path, capsys):
    root = tmp_path / 'download'
    write_video(root / 'IRVAL' / 'videos' / 'irval_seq01.avi', grey=True)
    convert('irval', root, '-o', tmp_path, '--images', 'raw')
    (image, *_) = messages(tmp_path / 'irval_seq01', '/thermal/image_raw')
    assert (image.encoding, image.width, image.height) == ('mono8', 64, 48)
    assert 'no sequence of IRVAL' in refused(capsys, 'irval', tmp_path / 'irval_seq01', '-o', root)


def test_a_file_that_is_no_video(tmp_path, capsys):
    (tmp_path / 'walk.mp4').write_bytes(b'nothing of the kind' * 20)
    text = refused(capsys, 'frames', tmp_path, '-o', tmp_path / 'out')
    assert 'walk.mp4: no video that OpenCV can read' in text


def test_a_video_and_a_folder_of_the_same_name(tmp_path, capsys):
    write_video(tmp_path / 'data' / 'walk.avi', grey=True)
    write_image(tmp_path / 'data' / 'walk' / '1.png', rgb_of(0))
    text = refused(capsys, 'frames', tmp_path / 'data', '-o', tmp_path / 'out')
    assert 'two sequences have the name walk' in text
