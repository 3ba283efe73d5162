# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True classes: maps between label sets, label images in folders, and what does not fit."""

import cv2
import numpy as np
import pytest

from helpers.palette_png import palette_png
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.labels import (
    LabelFiles,
    LabelMap,
    read_label_file,
    read_label_map,
)
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.label_reader import labels_from_message
from thermal_depth_ros.metrics.segmentation import PRESETS

NAMES = ('road', 'car', 'sky')
BLANK = np.zeros((4, 6), np.uint8)
STAMPS = [1_700_000_000_000_000_000 + k * 100_000_000 for k in range(3)]


def write_map(tmp_path, text):
    path = tmp_path / 'map.yaml'
    path.write_text(text)
    return path


def test_ids_are_translated_and_the_rest_is_ignored(tmp_path):
    path = write_map(tmp_path, '24: road\n17: car\n0: null\n')
    found = read_label_map(path, NAMES).apply(np.array([[24, 17, 0, 5, 65535]]), '/truth')
    assert found.tolist() == [[0, 1, 255, 255, 255]]


def test_without_a_map_the_ids_are_those_of_the_bundle():
    same = LabelMap(NAMES)
    assert same.apply(np.array([[0, 2, 255, 65535]]), 'x').tolist() == [[0, 2, 255, 255]]
    with pytest.raises(EvaluationError, match='a.png: class ids 3, 40 are not among.*--label-map'):
        same.apply(np.array([[0, 40, 3]]), 'a.png')
    with pytest.raises(EvaluationError, match='outside 0 to 65535'):
        same.apply(np.array([[-1]]), 'a.png')


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('road: 1\n', "'road' is not a class id"),
        ('5: lane\n7: bike\n', "5: 'lane' is not a class of the bundle; 7: 'bike'.*road, car, sky"),
        ('[1, 2]', 'not a list of'),
        ('a: [', 'map.yaml: not YAML'),
        ('2024-01-01: road', "'2024-01-01' is not a class id"),
        ('5: 2024-13-99', "'2024-13-99' is not a class of the bundle"),
        ('5: &a [*a]', 'stands in itself'),
        ('70000: road', '70000 is not a class id'),
    ],
)
def test_maps_that_make_no_sense(tmp_path, text, said):
    with pytest.raises(EvaluationError, match=said):
        read_label_map(write_map(tmp_path, text), NAMES)


def test_the_map_that_ships_has_the_eight_classes_of_the_paper(repository):
    path = repository / 'config' / 'label_maps' / 'nuscenes_lidarseg.yaml'
    found = read_label_map(path, CITYSCAPES_19.names)
    ids = np.array([[24, 25, 26, 29, 9, 2, 8, 17, 23, 28, 0]])
    names = [CITYSCAPES_19.names[i] for i in found.apply(ids, '/lidarseg')[0, :-2]]
    assert set(names) == set(PRESETS['nuscenes_8'])
    assert names[:2] == ['road', 'sidewalk']
    assert found.apply(ids, '/lidarseg')[0, -2:].tolist() == [255, 255]


def test_a_map_that_is_not_there(tmp_path):
    with pytest.raises(EvaluationError, match='nothing.yaml'):
        read_label_map(tmp_path / 'nothing.yaml', NAMES)


def write_labels(folder, names, array=BLANK):
    folder.mkdir(exist_ok=True)
    for name in names:
        cv2.imwrite(
            str(folder / f'{name}.png'), np.zeros((4, 6), np.uint8) if array is None else array
        )


def test_files_named_by_stamp(tmp_path):
    write_labels(tmp_path / 'l', [STAMPS[2], STAMPS[0] + 5_000_000])
    files = LabelFiles(tmp_path / 'l', STAMPS, 0.02, LabelMap(('road',)))
    assert [files.find(s) and files.find(s).stem for s in STAMPS] == [
        str(STAMPS[0] + 5_000_000),
        None,
        str(STAMPS[2]),
    ]
    assert files.span_ns[0] == STAMPS[0] + 5_000_000


def test_files_in_order(tmp_path):
    write_labels(tmp_path / 'l', ['frame_a', 'frame_b', 'frame_c'])
    files = LabelFiles(tmp_path / 'l', STAMPS, 0.02, LabelMap(('road',)))
    assert [files.find(stamp).stem for stamp in STAMPS] == ['frame_a', 'frame_b', 'frame_c']


@pytest.mark.parametrize(
    ('names', 'unit'),
    [
        ([stamp // 1000 for stamp in STAMPS], 'microseconds'),
        ([f'CAM_FRONT__{stamp // 1000}' for stamp in STAMPS], 'microseconds'),
        ([stamp // 1_000_000 for stamp in STAMPS], 'milliseconds'),
        (['1700000000.0', '1700000000.1', '1700000000.2'], 'seconds'),
    ],
)
def test_files_named_by_times_of_any_unit(tmp_path, names, unit):
    write_labels(tmp_path / 'l', names)
    files = LabelFiles(tmp_path / 'l', STAMPS, 0.02, LabelMap(('road',)))
    assert [files.find(stamp).stem for stamp in STAMPS] == list(map(str, names))
    assert files.notes == [f'l: the names of the label images are times in {unit}']


def test_numbers_without_padding_are_in_order_and_hidden_files_left_out(tmp_path):
    stamps = [STAMPS[0] + k * 100_000_000 for k in range(12)]
    write_labels(tmp_path / 'l', range(12))
    for name in ('._0.png', '._11.png', '.DS_Store'):
        (tmp_path / 'l' / name).write_bytes(b'\0\5\x16\7Mac OS X')
    files = LabelFiles(tmp_path / 'l', stamps, 0.02, LabelMap(('road',)))
    assert [files.find(stamp).stem for stamp in stamps] == [str(k) for k in range(12)]
    assert len(files.notes) == 1
    assert 'names of mixed width (0.png to 11.png)' in files.notes[0]


def test_palette_images_hold_ids_not_colours(tmp_path):
    ids = np.random.default_rng(0).integers(0, 19, (4, 6)).astype(np.uint8)
    (tmp_path / 'a.png').write_bytes(palette_png(ids))
    np.testing.assert_array_equal(read_label_file(tmp_path / 'a.png'), ids)


def test_a_number_of_files_that_fits_nothing(tmp_path):
    write_labels(tmp_path / 'l', ['a', 'b'])
    with pytest.raises(EvaluationError, match=r'2 label images for 3 frames.*\(a.png\)'):
        LabelFiles(tmp_path / 'l', STAMPS, 0.02, LabelMap(('road',)))
    with pytest.raises(EvaluationError, match='no label images'):
        LabelFiles(tmp_path / 'none', STAMPS, 0.02, LabelMap(('road',)))


def test_files_that_are_no_labels(tmp_path):
    write_labels(tmp_path / 'l', ['colours'], np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(EvaluationError, match='colours.png: labels are a grey image of class ids'):
        read_label_file(tmp_path / 'l' / 'colours.png')
    (tmp_path / 'l' / 'broken.png').write_bytes(b'nothing')
    with pytest.raises(EvaluationError, match='broken.png'):
        read_label_file(tmp_path / 'l' / 'broken.png')


@pytest.mark.parametrize(
    ('encoding', 'dtype'), [('mono8', np.uint8), ('16UC1', np.uint16), ('32SC1', np.int32)]
)
def test_label_messages(encoding, dtype):
    labels = np.array([[0, 1], [2, 200]], dtype)
    found = labels_from_message(array_to_image(bag_types(), labels, encoding, 0, 'f'))
    assert found.tolist() == labels.tolist()


def test_coloured_label_messages_are_refused():
    message = array_to_image(bag_types(), np.zeros((2, 2, 3), np.uint8), 'rgb8', 0, 'f')
    with pytest.raises(MessageError, match='one channel of integers'):
        labels_from_message(message)
