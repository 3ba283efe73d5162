# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Times written in any unit or as dates are the same stamps; what no stamp can say is refused."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.timestamps import read_timestamps, stamps_in_names

START_NS = 1_700_000_000_000_000_000
PER_UNIT = {'s': 10**9, 'ms': 10**6, 'us': 10**3, 'ns': 1}


@pytest.fixture
def written(tmp_path: Path):
    def write(*lines: object) -> Path:
        path = tmp_path / 'timestamps.txt'
        path.write_text('\n'.join(map(str, lines)))
        return path

    return write


@pytest.mark.parametrize('unit', PER_UNIT)
@pytest.mark.parametrize('start_ns', [START_NS, 0, 100 * 10**9], ids=['1970', 'zero', 'uptime'])
@pytest.mark.parametrize('period_ms', [10, 33, 100, 1000, 9000])
def test_the_unit_follows_from_the_size(written, unit: str, start_ns: int, period_ms: int) -> None:
    stamps = [start_ns + k * period_ms * 10**6 for k in range(12)]
    lines = [f'{stamp / PER_UNIT[unit]:.9f}' if unit == 's' else stamp // PER_UNIT[unit]
             for stamp in stamps]  # fmt: skip
    found = read_timestamps(written(*lines), 12)
    assert found.unit == unit
    # Binary floats of seconds since 1970 are exact to about 240 ns.
    assert abs(found.stamps_ns - stamps).max() <= (500 if unit == 's' else 0)
    assert found.absolute == (start_ns == START_NS)


@given(
    st.integers(946_684_800 * 10**9, (2**31 - 3600) * 10**9),
    st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    st.sampled_from(list(PER_UNIT)),
)
def test_stamps_since_1970_come_back_exactly(tmp_path_factory, start, steps, unit) -> None:
    path = tmp_path_factory.mktemp('t') / 'timestamps.txt'
    per_unit = PER_UNIT[unit]
    stamps = [start]
    for step in steps:
        stamps.append(stamps[-1] + step)
    lines = []
    for stamp in stamps:
        whole, rest = divmod(stamp, per_unit)
        digits = len(str(per_unit)) - 1
        lines.append(f'{whole}.{rest:0{digits}d}' if digits else str(whole))
    path.write_text('\n'.join(lines))
    found = read_timestamps(path, len(stamps))
    assert (found.unit, found.stamps_ns.tolist()) == (unit, stamps)


def test_dates_as_kitti_writes_them(written) -> None:
    found = read_timestamps(
        written('2011-09-26 13:02:25.964389445', '2011-09-26 13:02:26.067816481'), 2
    )
    moment = datetime.datetime(2011, 9, 26, 13, 2, 25, tzinfo=datetime.timezone.utc)
    first = int(moment.timestamp()) * 10**9 + 964_389_445
    assert found.stamps_ns.tolist() == [first, first + 103_427_036]
    assert found.read_as == 'dates (UTC where no zone is given)'


@pytest.mark.parametrize(
    'date',
    [
        '2011-09-26T13:02:25.5Z',
        '2011-09-26T15:02:25.5+02:00',
        '2011-09-26 13:02:25,500',
        '2011-09-26 06:32:25.5-0630',
        '20110926T130225.5',
    ],
)
def test_other_dates_of_iso_8601(written, date: str) -> None:
    moment = datetime.datetime(2011, 9, 26, 13, 2, 25, 500_000, tzinfo=datetime.timezone.utc)
    (found,) = read_timestamps(written(date), 1).stamps_ns
    assert found == round(moment.timestamp() * 1e3) * 10**6


@pytest.mark.parametrize(
    'lines',
    [
        ['# stamp [ns], file', '1700000000000000000,0.png', '1700000000100000000,1.png'],
        ['stamp file', '1700000000000000 0.png', '1700000000100000 1.png'],
        ['\ufeff1700000000.0;7', '1700000000.1;8', ''],
        ['1700000000.0 1700000000.1'],
        ['2023-11-14 22:13:20.0 0.png', '2023-11-14 22:13:20.1 1.png'],
    ],
)
def test_comments_names_of_columns_and_other_columns_are_left_aside(written, lines) -> None:
    found = read_timestamps(written(*lines), 2)
    assert found.stamps_ns.tolist() == [START_NS, START_NS + 10**8]


@pytest.mark.parametrize(
    ('lines', 'said'),
    [
        (['0', '1e400'], 'time 2, 1e400, is out of range'),
        (['0', '1e999999999'], 'time 2, 1e999999999, is out of range'),
        (['0', 'inf'], 'time 2, inf, is out of range'),
        (
            ['0', '0.1', '0.2', '0.3', '3000000000'],
            'time 5, 3000000000, is out of range as seconds.*2147483647',
        ),
        (['0', 'noon'], "time 2, 'noon', is neither a number nor a date"),
        (['2011-09-26 13:02:25', '2011-02-30 13:02:25'], '2011-02-30 13:02:25 is no date'),
        (['2011-09-26 13:02:25', '2099-09-26 13:02:25'], '2099-09-26 13:02:25 is out of range'),
        (['0', '0.2', '0.2'], 'time 3, 0.2, is not later than the one before, 0.2'),
    ],
)
def test_what_no_stamp_can_say_is_refused_in_one_line(written, lines, said) -> None:
    with pytest.raises(BagError, match=f'timestamps.txt: {said}') as refused:
        read_timestamps(written(*lines), len(lines))
    assert '\n' not in str(refused.value)


@pytest.mark.parametrize(
    'lines',
    [
        ['0 1700000000.0', '1 1700000000.1', '2 1700000000.2'],
        ['index,stamp', '7,1700000000000000000', '8,1700000000100000000', '9,1700000000200000000'],
        ['0 2023-11-14 22:13:20.0', '1 2023-11-14 22:13:20.1', '2 2023-11-14 22:13:20.2'],
    ],
)
def test_numbers_of_the_images_are_not_their_times(written, lines) -> None:
    found = read_timestamps(written(*lines), 3)
    assert found.stamps_ns.tolist() == [START_NS, START_NS + 10**8, START_NS + 2 * 10**8]
    assert 'in column 2' in found.read_as


@pytest.mark.parametrize('second', ['0.5 0.6 0.7', 'a.png b.png c.png', '17 18 19'])
def test_whole_seconds_beside_other_columns_are_times(written, second) -> None:
    lines = [f'{number} {word}' for number, word in enumerate(second.split())]
    found = read_timestamps(written(*lines), 3)
    assert found.stamps_ns.tolist() == [0, 10**9, 2 * 10**9]
    assert found.read_as == 'times in seconds'


def test_more_times_than_images_are_reported(written) -> None:
    found = read_timestamps(written('0', '0.1', '0.2', '0.3'), 2)
    assert found.stamps_ns.tolist() == [0, 10**8]
    assert found.read_as == (
        'times in seconds; of 4 times the first 2 are taken, one for each image'
    )


def test_times_for_fewer_images(written) -> None:
    with pytest.raises(BagError, match='2 times for 3 images'):
        read_timestamps(written('0', '0.1'), 3)


@pytest.mark.parametrize(
    ('name', 'stamp_ns'),
    [
        ('1700000000123456789', 1_700_000_000_123_456_789),
        ('1418381798086398', 1_418_381_798_086_398_000),  # RobotCar
        ('n015-2018-07-24-11-22-45+0800__CAM_FRONT__1532402927612460', 1_532_402_927_612_460_000),
        ('1700000000123', 1_700_000_000_123_000_000),
        ('1700000000', 1_700_000_000_000_000_000),
        ('1700000000.5', 1_700_000_000_500_000_000),
        ('1700000000_123456789', 1_700_000_000_123_456_789),
        ('left_1700000000_123456789', 1_700_000_000_123_456_789),
        ('0000000001500000000', 1_500_000_000),  # of a simulation
        ('2011-09-26_13-02-25.964389445', 1_317_042_145_964_389_445),
    ],
)
def test_names_that_are_stamps(name: str, stamp_ns: int) -> None:
    found = stamps_in_names([name])
    assert found is not None
    assert found.stamps_ns.tolist() == [stamp_ns]


def test_nanoseconds_that_were_not_padded_are_no_fraction() -> None:
    found = stamps_in_names(['1700000000_5', '1700000000_123456789'])
    assert found is not None
    assert found.stamps_ns.tolist() == [START_NS + 5, START_NS + 123_456_789]


@pytest.mark.parametrize(
    'names',
    [
        ['000123'],
        ['0', '11'],
        ['frame_a'],
        ['000000000000'],
        ['1700000000', 'last'],
        [],
        ['2011-09-26_13-02-25_a', '2011-09-26_13-02-25_b'],  # of the drive, not of the image
        ['17000000000000000000'],
    ],
)
def test_names_that_are_none(names: list[str]) -> None:
    assert stamps_in_names(names) is None
