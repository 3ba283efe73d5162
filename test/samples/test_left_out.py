# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images that give no sample are left out, counted and named."""

from pathlib import Path

import numpy as np
import pytest

from helpers.drives import drive_config
from helpers.thermal_bags import (
    IMAGES,
    Messages,
    passing,
    view,
)
from thermal_depth_ros.samples import SamplesError


def test_one_image_is_too_few(record, open_bags) -> None:
    with pytest.raises(
        SamplesError, match='1 usable images of /thermal/image_raw.*requires 3 images'
    ):
        open_bags(record(passing(1)))


def test_constant_images_are_no_material(record, open_bags) -> None:
    contents = passing(5)
    contents.images = [
        (t, np.full_like(a, 3000 + i), 'mono16') for i, (t, a, _) in enumerate(contents.images)
    ]
    with pytest.raises(SamplesError, match='0 usable images.*5 constant'):
        open_bags(record(contents))


def test_frozen_repeated_and_odd_images_are_left_out_and_counted(record, open_bags) -> None:
    contents = passing(12)
    shots = contents.images
    shots[3] = (0.3, shots[2][1], 'mono16')  # frozen
    shots[5] = (0.5, view(0, 24, 32), 'mono16')  # another size
    shots[7] = (0.7, (shots[7][1] // 16).astype(np.uint8), 'mono8')  # another depth
    shots[9] = (0.9, shots[9][1], 'mono17')  # no such encoding
    samples = open_bags(record(contents), max_gap_s=0.25)
    kept = [0, 1, 2, 4, 6, 8, 10, 11]
    assert [int(n) for n in samples.train.parts[0].frames.numbers] == kept
    for word in ('frozen', 'of another size', 'of another bit depth', 'undecodable'):
        assert samples.left_out[next(k for k in samples.left_out if word in k)] == 1
        assert any(word in note and IMAGES in note for note in samples.notes)
    assert 'frames 4,2,6' in samples.train.names[2]


def test_repeated_and_backward_stamps_are_left_out(record, open_bags) -> None:
    contents, messages = passing(8), Messages(False)
    contents.extra = [
        (
            time_s,
            IMAGES,
            'sensor_msgs/msg/Image',
            messages.image({0.35: 0.3, 0.55: 0.1}[time_s], view(200 + time_s), 'mono16'),
        )
        for time_s in (0.35, 0.55)
    ]
    samples = open_bags(record(contents))
    assert samples.left_out['not later than the one before'] == 2
    assert len(samples.train) == 6


def test_a_silence_breaks_the_triplets(record, open_bags) -> None:
    contents = passing(10)
    contents.images = contents.images[:4] + [(t + 3, a, e) for t, a, e in contents.images[4:]]
    samples = open_bags(record(contents), max_gap_s=1.0)
    assert len(samples.train) == 2 + 4
    assert samples.left_out['triplets across a gap'] == 2
    assert any('across a gap' in note for note in samples.notes)


def test_a_camera_that_stands_still_is_not_trained_on(record, open_bags) -> None:
    contents = passing(8, step=0.0001)  # other noise, the same view
    with pytest.raises(SamplesError, match='all images stand still.*pixels'):
        open_bags(record(contents))
    assert len(open_bags(record(contents, 'again'), skip_stationary=False).train) == 6


def test_a_robot_that_stands_still_says_how_far_it_moved(record, open_bags) -> None:
    contents = passing(8)
    contents.odometry = [(0.05 * i, np.eye(4), 0.0) for i in range(20)]
    with pytest.raises(SamplesError, match='all images stand still: the camera moved 0 m'):
        open_bags(record(contents))


def test_shutter_images_of_a_synthetic_drive_are_left_out(tmp_path: Path, open_bags) -> None:
    from thermal_depth_ros.simulation.drive import Drive
    from thermal_depth_ros.simulation.drive_writer import write_drive

    for seed, shutter in ((3, 'flat'), (5, 'frozen')):
        config = drive_config(
            thermal=(48, 64),
            seed=seed,
            scene='street',
            duration_s=3.0,
            shutter=shutter,
            shutter_period_s=2.0,
        )
        path = tmp_path / shutter
        written = write_drive(Drive(config), path)
        samples = open_bags(str(path), camera='thermal')
        reason = 'shutter' if shutter == 'flat' else 'frozen'
        counts = {k: v for k, v in samples.left_out.items() if 'triplet' not in k}
        assert list(counts.values()) == [written.shutter_frames], (counts, written)
        assert all(reason in key for key in counts)
        assert samples.train.has_poses and samples.train.has_travel


def test_all_images_of_another_size_than_the_calibration(record, open_bags) -> None:
    contents = passing(4)
    contents.size = (96, 128)
    with pytest.raises(SamplesError, match='none of the 4 images.*calibrated at 128x96.*64x48'):
        open_bags(record(contents))
