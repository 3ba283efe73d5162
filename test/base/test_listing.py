# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Files of a folder follow each other as their numbers do, and hidden ones are none of them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.base.listing import list_files, list_folders, list_tree, natural_order


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@given(st.lists(st.integers(0, 10**12), unique=True), st.sampled_from(['', 'frame_', 'a1b']))
def test_numbers_of_any_width_are_in_order(numbers: list[int], prefix: str) -> None:
    ordered = natural_order(Path(f'{prefix}{number}.png') for number in numbers)
    assert [path.stem for path in ordered] == [f'{prefix}{number}' for number in sorted(numbers)]


@given(st.lists(st.floats(0, 1e6).map(lambda x: f'{x:.9f}'.rstrip('0')), unique=True))
def test_decimals_are_in_order_of_their_value(words: list[str]) -> None:
    stems = {float(word): word for word in words if re.fullmatch(r'\d+\.\d+', word)}
    ordered = natural_order(Path(f'{word}.png') for word in stems.values())
    assert [path.stem for path in ordered] == [stems[value] for value in sorted(stems)]


def test_seconds_behind_text_are_in_order_of_their_value() -> None:
    wanted = [f'cam_1700000000.{fraction}.png' for fraction in ('1', '15', '2', '25', '3')]
    assert names(natural_order(Path(name) for name in reversed(wanted))) == wanted
    versions = ['v1.9.png', 'v1.10.png']
    assert names(natural_order(Path(name) for name in reversed(versions))) == versions


def test_several_numbers_in_a_name() -> None:
    wanted = ['cam2_9_a.png', 'cam2_10_a.png', 'cam10_1_a.png', 'cam10_1_b.png']
    assert names(natural_order(Path(name) for name in reversed(wanted))) == wanted


def test_hidden_files_other_files_and_folders_are_left_out(tmp_path: Path) -> None:
    folder = touch(tmp_path, '1.png', '2.PNG', '._1.png', '.DS_Store', '3.txt', '4.png/inside')
    assert names(list_files(folder, ('.png',))) == ['1.png', '2.PNG']
    assert names(list_files(folder)) == ['1.png', '2.PNG', '3.txt']


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert list_files(tmp_path / 'nothing') == list_folders(tmp_path / 'nothing') == []


def test_everything_below_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, '10.txt', '9.txt', 'b10/1.png', 'b9/1.png', '.git/config', 'b9/._1.png')
    found = [str(path.relative_to(tmp_path)) for path in list_tree(tmp_path)]
    assert found == ['9.txt', '10.txt', 'b9/1.png', 'b10/1.png']


@pytest.mark.parametrize(
    ('files', 'said'),
    [
        (['8.png', '9.png', '10.png'], '8.png to 10.png'),
        (['0008.png', '0009.png', '0010.png'], ''),
        (['left.png', 'right.png'], ''),
        ([], ''),
    ],
)
def test_names_of_mixed_width_are_reported_once(
    tmp_path: Path, files: list[str], said: str
) -> None:
    notes: list[str] = []
    list_files(touch(tmp_path, *files), ('.png',), notes)
    assert len(notes) == bool(said)
    assert not said or said in notes[0]


# What sorts or lists files by itself would bring another order back.
_OWN_ORDER = re.compile(r'sorted\([^)]*(glob|iterdir|listdir|scandir)')


def test_nothing_else_in_the_package_puts_files_in_order(repository: Path) -> None:
    package = repository / 'thermal_depth_ros'
    found = [
        f'{path.relative_to(package)}:{number}'
        for path in package.rglob('*.py')
        if path.name != 'base/listing.py'
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _OWN_ORDER.search(line)
    ]
    assert not found
