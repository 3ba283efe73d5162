# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Times written as text, in lines of a file or in names of files, as stamps in nanoseconds.

Nothing in a file says which unit its times have; their size does. Dates are read as ISO 8601.
"""

import calendar
import dataclasses
import datetime
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.messages.stamps import LATEST_NS, NS_PER_S

SECONDS, DATE = 's', 'dates'
NS_PER_UNIT = {SECONDS: NS_PER_S, 'ms': 10**6, 'us': 10**3, 'ns': 1}
_WORDS = {SECONDS: 'seconds', 'ms': 'milliseconds', 'us': 'microseconds', 'ns': 'nanoseconds'}
# What a ROS time can say ends in 2038; no recording of today was made before 2000.
EARLIEST_NS = 946_684_800 * NS_PER_S
_LONGEST_NS = 30 * 86_400 * NS_PER_S  # of one recording
# Images follow each other within 10 ms to 10 s, which leaves one unit for any distance.
_LONGEST_PERIOD = 10
_MOST_DIGITS = 24
_DATE = re.compile(
    r'(?P<day>[12]\d{3}-?[01]\d-?[0-3]\d)[T _-](?P<time>[012]\d[:_-]?[0-5]\d[:_-]?[0-6]\d)'
    r'(?:[.,](?P<fraction>\d{1,9})\d*)?(?P<zone>Z|[+-]\d\d:?\d\d)?'
)
_WORD = re.compile(rf'{_DATE.pattern}|[^,;\s]+')
_SPLIT = re.compile(r'(?:.*[^0-9.])?(\d{9,10})([._])(\d{1,9})')
_INTEGER = re.compile(r'(?:.*[^0-9])?(\d{10,19})')
_PADDED = re.compile(r'0\d{15,18}')


@dataclasses.dataclass(frozen=True, eq=False)
class Timestamps:
    """Times (N,) int64 ns, and how they were read; absolute where they count from 1970."""

    stamps_ns: np.ndarray
    unit: str  # a key of NS_PER_UNIT, or DATE
    remark: str = ''  # what else was decided, in words

    @property
    def absolute(self) -> bool:
        """Whether all of them are times since 1970, not since some start."""
        inside = (self.stamps_ns >= EARLIEST_NS) & (self.stamps_ns <= LATEST_NS)
        return bool(len(inside)) and bool(inside.all())

    @property
    def read_as(self) -> str:
        """Interpretation of the times, in words."""
        if self.unit == DATE:
            return f'dates (UTC where no zone is given){self.remark}'
        return f'times in {_WORDS[self.unit]}{self.remark}'


def read_timestamps(path: Path, count: int) -> Timestamps:
    """Read the first times of a text file, one in each line.

    Times are the first column, or behind one that counts the images. More lines than images are
    left aside, which `read_as` says.

    Numbers are in seconds, milliseconds, microseconds or nanoseconds: see `infer_unit`.

    Args:
        path: Path of the file.
        count: Required number of timestamps.

    Raises:
        BagError: There are fewer, they do not grow, or one is no time that a ROS message can hold.
    """
    try:
        words, column = _words(path.read_text('utf-8'), count)
    except (OSError, UnicodeDecodeError) as error:
        raise BagError(f'{path}: {error}') from error
    if len(words) < count:
        raise BagError(f'{path}: {len(words)} times for {count} images')
    remark = f' in column {column + 1}, beside the numbers of the images' if column else ''
    if len(words) > count:
        remark += f'; of {len(words)} times the first {count} are taken, one for each image'
    return dataclasses.replace(rising_times(words[:count], path), remark=remark)


def rising_times(words: Sequence[str], where: object) -> Timestamps:
    """Read times as `read_timestamps` does.

    Args:
        words: The times as written.
        where: The file, for messages.

    Raises:
        BagError: They do not grow, or one is no time that a ROS message can hold.
    """
    try:
        timestamps = _from_words(words)
    except ValueError as error:
        raise BagError(f'{where}: {error}') from error
    behind = np.flatnonzero(np.diff(timestamps.stamps_ns) <= 0)
    if len(behind):
        place = int(behind[0]) + 1
        raise BagError(
            f'{where}: time {place + 1}, {words[place]}, is not later than the one before, '
            f'{words[place - 1]}'
        )
    return timestamps


def infer_unit(values: Sequence[Decimal]) -> str:
    """Infer the unit of times from their size: the one that puts them between 2000 and 2038.

    Times that count from some other start are interpreted by their distance: the unit is the one in
    which the median distance is between 10 ms and 10 s.

    Args:
        values: Values of one file as written; at least one.

    Returns:
        A key of NS_PER_UNIT.
    """
    first, last = min(values), max(values)
    for unit, ns in NS_PER_UNIT.items():
        short = (last - first) * ns <= _LONGEST_NS
        if short and first * ns >= EARLIEST_NS and last * ns <= LATEST_NS:
            return unit
    ordered = sorted(set(values))
    if len(ordered) < 2:
        return SECONDS
    step = median(after - before for before, after in pairwise(ordered))
    for place, unit in enumerate(NS_PER_UNIT):
        if step < _LONGEST_PERIOD * 1000**place:
            return unit
    return 'ns'


def stamps_in_names(stems: Sequence[str]) -> Timestamps | None:
    """Read the names of files (without suffix) as times; None where one of them is none.

    A name is a time since 1970 in any unit, seconds and their fraction joined by a dot or an
    underscore, or a date; each may stand behind other text, as in nuScenes.
    """
    if not stems:
        return None
    for read in (_split_names, _integer_names, _date_names):
        timestamps = read(stems)
        if timestamps is not None:
            return timestamps
    return None


def _words(text: str, count: int) -> tuple[list[str], int]:
    """Return the time of each line and its column; all words where there are too few lines."""
    rows = []
    for line in text.lstrip('\ufeff').splitlines():
        row = [word[0] for word in _WORD.finditer(line.partition('#')[0])]
        if row:
            rows.append(row)
    if rows and not any(character.isdigit() for character in ''.join(rows[0])):
        del rows[0]  # names of columns
    if len(rows) < count:
        return [word for row in rows for word in row], 0
    column = 1 if _counts_images(rows) else 0
    return [row[column] for row in rows], column


def _counts_images(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first column numbers the images, and the second has times since 1970."""
    if len(rows) < 2 or min(map(len, rows)) < 2:
        return False
    numbers = [row[0] for row in rows]
    if not all(number.isdecimal() and len(number) < _MOST_DIGITS for number in numbers):
        return False
    if {int(after) - int(before) for before, after in pairwise(numbers)} != {1}:
        return False
    try:
        counted, timed = _from_words(numbers), _from_words([row[1] for row in rows])
    except ValueError:
        return False
    return timed.absolute and not counted.absolute


def _from_words(words: Sequence[str]) -> Timestamps:
    dates = [_DATE.fullmatch(word) for word in words]
    if words and all(dates):
        stamps = [_date_ns(date) for date in dates if date is not None]
        return Timestamps(np.array(stamps, np.int64), DATE)
    values = [_number(word, place) for place, word in enumerate(words, 1)]
    unit = infer_unit(values) if values else SECONDS
    ns = NS_PER_UNIT[unit]
    for place, (word, value) in enumerate(zip(words, values, strict=True), 1):
        if abs(value) > LATEST_NS // ns:
            raise ValueError(
                f'time {place}, {word}, is out of range as {_WORDS[unit]}: a ROS time ends in '
                f'2038 ({LATEST_NS // NS_PER_S} s)'
            )
    return Timestamps(np.array([round(value * ns) for value in values], np.int64), unit)


def _number(word: str, place: int) -> Decimal:
    try:
        value = Decimal(word)
    except InvalidOperation:
        raise ValueError(f'time {place}, {word!r}, is neither a number nor a date') from None
    # Checked before any arithmetic: 1e999999999 is a number too.
    if not value.is_finite() or (value and not -_MOST_DIGITS < value.adjusted() < _MOST_DIGITS):
        raise ValueError(f'time {place}, {word}, is out of range')
    return value


def _date_ns(date: re.Match[str]) -> int:
    """Return a date in ns since 1970.

    Raises:
        ValueError: There is no such day or time, or a ROS time cannot say it.
    """
    digits = re.sub(r'[^0-9]', '', date['day'] + date['time'])
    try:
        moment = datetime.datetime.strptime(digits, '%Y%m%d%H%M%S')
    except ValueError:
        raise ValueError(f'{date[0]} is no date') from None
    seconds = calendar.timegm(moment.timetuple()) - _zone_s(date['zone'] or 'Z')
    stamp = seconds * NS_PER_S + int((date['fraction'] or '0').ljust(9, '0'))
    if not EARLIEST_NS <= stamp <= LATEST_NS:
        raise ValueError(f'{date[0]} is out of range: times are from 2000 to 2038')
    return stamp


def _zone_s(zone: str) -> int:
    if zone == 'Z':
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return (-1 if zone[0] == '-' else 1) * (3600 * hours + 60 * minutes)


def _all_matches(pattern: re.Pattern[str], stems: Sequence[str]) -> list[re.Match[str]] | None:
    matches = [match for stem in stems if (match := pattern.fullmatch(stem))]
    return matches if len(matches) == len(stems) else None


def _split_names(stems: Sequence[str]) -> Timestamps | None:
    """Read names of seconds and a fraction, as in 1700000000.123456789 or 1700000000_5000."""
    matches = _all_matches(_SPLIT, stems)
    if matches is None:
        return None
    even = len({len(match[3]) for match in matches}) == 1
    stamps = []
    for match in matches:
        # Behind an underscore, digits of mixed width are a number of ns that was not padded.
        rest = match[3] if match[2] == '_' and not even else match[3].ljust(9, '0')
        stamps.append(int(match[1]) * NS_PER_S + int(rest))
        if match[0] != f'{match[1]}{match[2]}{match[3]}' and stamps[-1] < EARLIEST_NS:
            return None  # numbers behind other text that are too small
    if max(stamps) > LATEST_NS:
        return None
    return Timestamps(np.array(stamps, np.int64), SECONDS)


def _integer_names(stems: Sequence[str]) -> Timestamps | None:
    matches = _all_matches(_INTEGER, stems)
    if matches is None:
        return None
    values = [Decimal(match[1]) for match in matches]
    # Nanoseconds since the start of a simulation, padded with zeros.
    if all(map(_PADDED.fullmatch, stems)):
        return Timestamps(np.array([int(value) for value in values], np.int64), 'ns')
    for unit, ns in NS_PER_UNIT.items():
        if min(values) * ns >= EARLIEST_NS and max(values) * ns <= LATEST_NS:
            return Timestamps(np.array([int(value * ns) for value in values], np.int64), unit)
    return None


def _date_names(stems: Sequence[str]) -> Timestamps | None:
    matches = [_DATE.search(stem) for stem in stems]
    try:
        stamps = [_date_ns(match) for match in matches if match is not None]
    except ValueError:
        return None
    # A date that all names share is that of the day, not of the image.
    if len(stamps) < len(stems) or len(set(stamps)) < len(stamps):
        return None
    return Timestamps(np.array(stamps, np.int64), DATE)
