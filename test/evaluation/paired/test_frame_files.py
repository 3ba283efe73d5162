# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of single frames in CSV files: what is written is read, damage is named."""

import numpy as np
import pytest

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.paired.frame_files import frame_file, read_frames, write_frames
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import THERMAL_OUTDOOR
from thermal_depth_ros.metrics.frame_rows import DEPTH_COLUMNS, depth_row


def scores(kind, *ratios):
    made = CameraAccumulator(kind, THERMAL_OUTDOOR, ())
    truth = np.array([[2.0, 7.0], [15.0, 30.0]])
    for number, ratio in enumerate(ratios):
        image = made.depth.add(truth, truth * ratio * np.array([[1.0, 1.0], [1.0, 1.1]]))
        made.frame_rows['depth'].add(10**18 + number, depth_row(image))
    return made


def test_what_is_written_is_read(tmp_path):
    first, second = scores('thermal', 0.5, 1 / 3), scores('rgb', 1.25)
    results = [('drives/a, b', '/t', 'thermal', first), ('drives/c', '/r', 'rgb', second)]
    assert write_frames(tmp_path, results) == [tmp_path / 'frames_depth.csv']
    found = read_frames(tmp_path, 'depth')
    assert list(found) == ['thermal', 'rgb']
    table = found['thermal']
    assert table.columns == DEPTH_COLUMNS
    assert table.drives == (('drives/a, b', '/t'),)
    assert table.stamps_ns.tolist() == [10**18, 10**18 + 1]
    rows = [row for _, row in first.frame_rows['depth']]
    np.testing.assert_array_equal(table.values, rows)
    ratios = table.values[:, table.column('median_ratio')]
    np.testing.assert_allclose(ratios, [2.0, 3.0], rtol=0.05)
    assert table.values[:, table.column('10m.pixels')].tolist() == [1.0, 1.0]
    assert read_frames(tmp_path, 'motion') == {}
    write_frames(tmp_path, [('a', '/t', 'thermal', scores('thermal'))])
    assert not frame_file(tmp_path, 'depth').exists(), 'of the evaluation before'


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', 'begins with'),
        ('a,b,c,d,e\n', 'begins with'),
        ('recording,camera,kind,stamp_ns,x\nr,/c,rgb,1\n', 'line 2 has 4 of 5 cells'),
        ('recording,camera,kind,stamp_ns,x\nr,/c,rgb,1,y\n', "line 2: could not convert .*'y'"),
        ('recording,camera,kind,stamp_ns,x\nr,/c,rgb,1,2\nr,/c,rgb,s,2\n', "line 3: .*'s'"),
    ],
)
def test_damage_is_named(tmp_path, text, said):
    frame_file(tmp_path, 'depth').write_text(text)
    with pytest.raises(EvaluationError, match=f'frames_depth.csv: {said}'):
        read_frames(tmp_path, 'depth')
    frame_file(tmp_path, 'depth').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(EvaluationError, match='frames_depth.csv: cannot be read'):
        read_frames(tmp_path, 'depth')


def test_depth_up_to_scale_has_no_metres_and_no_distances():
    made = CameraAccumulator('thermal', THERMAL_OUTDOOR, (), up_to_scale=True)
    truth = np.array([[2.0, 7.0], [15.0, 30.0]])
    row = depth_row(made.depth.add(truth, truth**1.1), up_to_scale=True)
    found = dict(zip(DEPTH_COLUMNS, row, strict=True))
    assert found['scaled.abs_rel'] > 0 and found['pixels'] == 4
    assert np.isnan([found['metric.abs_rel'], found['median_ratio']]).all()
    assert found['0m.pixels'] == found['10m.pixels'] == 0
