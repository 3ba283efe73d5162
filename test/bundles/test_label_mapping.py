# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Matching a teacher's classes with ours: by name, by file, and what cannot be matched."""

import pytest

from thermal_depth_ros.bundles.label_mapping import (
    LabelMappingError,
    match_labels,
    read_label_mapping,
)
from thermal_depth_ros.bundles.labels import CITYSCAPES_19

NAMES = CITYSCAPES_19.names


def test_equal_names_in_any_order_and_spelling():
    teacher = [name.upper().replace(' ', '_') for name in reversed(NAMES)]
    found = match_labels(teacher, CITYSCAPES_19)
    assert found.targets == tuple(reversed(range(19)))
    assert found.untaught == ()


def test_classes_of_the_teacher_that_we_do_not_have_are_left_out():
    found = match_labels(['bird', *NAMES, 'Traffic-Cone'], CITYSCAPES_19)
    assert found.targets == (None, *range(19), None)


def test_what_matches_by_name_is_mapped_and_the_rest_is_named():
    teacher = ['wall', 'floor', 'sky', 'Traffic Light']
    found = match_labels(teacher, CITYSCAPES_19)
    assert found.targets == (3, None, 10, 6)
    others = [name for name in NAMES if name not in ('wall', 'sky', 'traffic light')]
    assert found.unmapped(teacher) == (
        f'the teacher knows no {", ".join(others)}; '
        '1 of 4 classes of the teacher are not used: floor'
    )
    assert match_labels(NAMES, CITYSCAPES_19).unmapped(NAMES) == ''


def test_a_teacher_without_any_of_our_names_needs_a_mapping():
    with pytest.raises(LabelMappingError) as caught:
        match_labels(['brick', 'floor', 'bird'], CITYSCAPES_19)
    message = str(caught.value)
    assert 'no class called road, sidewalk, building, wall' in message
    assert 'its 3 classes are brick, floor, bird' in message and 'mapping' in message


def test_a_mapping_joins_classes_and_leaves_others_out():
    mapping = {'van': 'car', 'Car': 'car', 'floor': 'road', 'bird': None}
    found = match_labels(['floor', 'van', 'car', 'bird', 'lamp'], CITYSCAPES_19, mapping)
    assert found.targets == (0, 13, 13, None, None)
    assert 'sky' in found.untaught and 'car' not in found.untaught


@pytest.mark.parametrize(
    ('mapping', 'words'),
    [
        ({'flor': 'road'}, "'flor' is not one of the classes of the teacher (floor, van)"),
        ({'floor': 'street'}, "'street' is not one of our classes"),
        ({'floor': None}, 'maps no class'),
    ],
)
def test_a_mapping_with_wrong_names_is_refused(mapping, words):
    with pytest.raises(LabelMappingError) as caught:
        match_labels(['floor', 'van'], CITYSCAPES_19, mapping)
    assert words in str(caught.value)


def test_mappings_are_read_from_yaml(tmp_path):
    (tmp_path / 'ade.yaml').write_text('floor: road\nbird: null\n')
    assert read_label_mapping(tmp_path / 'ade.yaml') == {'floor': 'road', 'bird': None}


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (None, 'No such file'),
        ('[floor, road]', 'is not a mapping'),
        ('', 'is not a mapping'),
        ('floor: 3', "'floor': 3 does not map"),
        ('3: road', "3: 'road' does not map"),
        ('{a: [', 'not YAML'),
        ('<<: {a: b}', 'merge keys'),
        ('2024-01-01: 2024', "'2024-01-01': 2024 does not map"),
    ],
)
def test_files_that_are_no_mapping_are_refused_by_name(tmp_path, content, words):
    path = tmp_path / 'map.yaml'
    if content is not None:
        path.write_text(content)
    with pytest.raises(LabelMappingError) as caught:
        read_label_mapping(path)
    assert words in str(caught.value) and str(path) in str(caught.value)
