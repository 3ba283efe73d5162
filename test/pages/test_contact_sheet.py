# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Contact sheets: every picture is there, in order, and can be read back."""

import cv2
import numpy as np
import pytest

from thermal_depth_ros.pages.contact_sheet import SheetEntry, contact_sheet, write_sheet

RED, BLUE = (255, 0, 0), (0, 0, 255)


def plain(colour, height=20, width=40):
    return np.full((height, width, 3), colour, np.uint8)


def test_pictures_lie_row_by_row_one_above_the_other(tmp_path):
    entries = [SheetEntry((plain(RED), plain((0, 10 * k, 0))), f'frame {k}') for k in range(5)]
    sheet = contact_sheet(entries, columns=2, picture_width=80)
    write_sheet(tmp_path / 'new' / 'sheet.png', sheet)
    read = cv2.cvtColor(cv2.imread(str(tmp_path / 'new' / 'sheet.png')), cv2.COLOR_BGR2RGB)
    np.testing.assert_array_equal(read, sheet)
    assert sheet.shape[0] % 3 == 0 and sheet.shape[1] % 2 == 0, 'three rows of two'
    high, wide = sheet.shape[0] // 3, sheet.shape[1] // 2
    assert high > 2 * 40 and wide >= 80, 'twice 40 rows, and a caption'
    for k in range(5):
        block = sheet[k // 2 * high :, k % 2 * wide :][:high, :wide]
        columns = block[:, wide // 2]
        first = np.flatnonzero((columns == RED).all(1))
        second = np.flatnonzero((columns == (0, 10 * k, 0)).all(1))
        assert len(first) == 40 and len(second) >= 40, 'enlarged to the width'
        assert first.max() < second.min()
    assert (sheet[2 * high :, wide:] == 255).all(), 'nothing in the place of a sixth'


def test_pictures_of_different_sizes_go_together():
    entries = [SheetEntry((plain(RED, 10, 40),), 'a'), SheetEntry((plain(BLUE, 90, 30),), 'b')]
    sheet = contact_sheet(entries, columns=4, picture_width=60)
    assert (sheet == RED).all(2).sum() == 15 * 60 and (sheet == BLUE).all(2).sum() == 180 * 60


def test_an_empty_sheet_is_refused():
    with pytest.raises(ValueError, match='at least one'):
        contact_sheet([])


def test_a_full_disk_names_the_sheet_and_leaves_the_earlier_one(tmp_path, no_room):
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8)
    write_sheet(tmp_path / 'sheet.png', plain(RED))
    before = (tmp_path / 'sheet.png').read_bytes()
    with no_room(), pytest.raises(OSError, match=r'cannot be written.*sheet\.png'):
        write_sheet(tmp_path / 'sheet.png', noise)
    assert (tmp_path / 'sheet.png').read_bytes() == before
