# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Files of text are complete or not there, and named where they fail."""

import os
import stat

import pytest

from thermal_depth_ros.base.text_output import write_bytes, write_text


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / 'metrics.json'
    write_text(path, 'one\n')
    write_text(path, 'zwölf\n')
    assert path.read_text('utf-8') == 'zwölf\n'
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_names_the_file_and_leaves_the_earlier_one(tmp_path, no_room):
    path = tmp_path / 'report.html'
    write_text(path, 'small')
    with no_room(), pytest.raises(OSError, match=r'cannot be written: .*report\.html'):
        write_text(path, 'x' * 5000)
    assert path.read_text() == 'small'
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match=r'cannot be written: No such file.*gone/a\.json'):
        write_text(tmp_path / 'gone' / 'a.json', 'x')


def test_data_are_on_disk_before_the_name_is(tmp_path, monkeypatch):
    """What a power failure leaves is a whole file, old or new."""
    path, calls = tmp_path / 'model.pt', []
    path.write_bytes(b'old')

    def fsync(descriptor):
        calls.append((os.fstat(descriptor).st_mode, path.read_bytes()))

    monkeypatch.setattr(os, 'fsync', fsync)
    write_bytes(path, b'new')
    (file, before), (folder, after) = calls
    assert stat.S_ISREG(file) and before == b'old'
    assert stat.S_ISDIR(folder) and after == b'new'
