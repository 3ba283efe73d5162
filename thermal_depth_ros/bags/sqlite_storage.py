# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads sqlite3 files of rosbag2; unreadable rows are skipped and counted."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.storage import (
    Channel,
    Definition,
    RawRecord,
    SequentialStorage,
    absolute_topic,
    read_latched,
)

_MAX_LOST_ROWS = 200  # consecutive unreadable rows before giving up
# SQLite returns column names and its own messages with arbitrary bytes of the file.
_DAMAGED = (sqlite3.Error, UnicodeDecodeError)
Key = tuple[int, int, int]  # time_ns, row id, channel


class SqliteStorage(SequentialStorage):
    """One .db3 file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._damaged = False
        self._database = self._open()
        self._database.text_factory = lambda data: data.decode('utf-8', 'replace')
        try:
            self._check_size()
            self._check_tables()
            self._read_channels()
            self._count()
        except _DAMAGED as error:
            self._database.close()
            raise BagError(f'{path}: damaged beyond reading: {error}') from error
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def records(self, channels: Collection[int]) -> Iterator[RawRecord]:
        """Yield the records of some channels in order of time, skipping damaged data."""
        wanted = frozenset(channels) & self.channels.keys()
        lost = 0
        for time_ns, row, channel in self._keys():
            if channel not in wanted:
                continue
            data = self._blob(row)
            if data is None:
                lost += 1
            else:
                yield RawRecord(time_ns, self.channels[channel], data)
        if lost:
            self._note(f'{lost} of its messages are damaged')

    def _open(self) -> sqlite3.Connection:
        # A journal next to the file holds messages of a recording that was not closed; reading it
        # needs a writable folder. Otherwise the file is read as it is.
        uri = f'file:{quote(str(self._path.absolute()))}?mode=ro'
        journal = self._path.with_name(self._path.name + '-wal')
        if journal.exists() and journal.stat().st_size:
            try:
                database = sqlite3.connect(uri, uri=True, check_same_thread=False)
                database.execute('SELECT count(*) FROM sqlite_master').fetchone()
                return database
            except _DAMAGED as error:
                self._note(f'its journal {journal.name} cannot be read: {error}')
        return sqlite3.connect(f'{uri}&immutable=1', uri=True, check_same_thread=False)

    def _check_tables(self) -> None:
        rows = self._database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        plain = {name for name, sql in rows if str(sql).upper().startswith('CREATE TABLE')}
        if not {'messages', 'topics'} <= plain:
            raise BagError(f'{self._path}: a database, but no recording: no tables of rosbag2')

    def _definitions(self) -> dict[str, Definition]:
        try:
            rows = self._database.execute(
                'SELECT topic_type, encoding, encoded_message_definition FROM message_definitions'
            ).fetchall()
        except _DAMAGED:  # recordings before ROS 2 Iron do not have this table
            return {}
        return {str(name): Definition(str(form), str(text)) for name, form, text in rows}

    def _read_channels(self) -> None:
        definitions = self._definitions()
        cursor = self._database.execute('SELECT * FROM topics ORDER BY id')
        names = [column[0] for column in cursor.description]
        for row in cursor:
            entry = dict(zip(names, row, strict=True))
            if not isinstance(entry.get('id'), int):
                continue
            type_name = str(entry.get('type', ''))
            self._define(
                Channel(
                    entry['id'],
                    absolute_topic(str(entry.get('name', ''))),
                    type_name,
                    str(entry.get('serialization_format', 'cdr')),
                    definitions.get(type_name, Definition()),
                    *read_latched(entry.get('offered_qos_profiles')),
                )
            )

    def _count(self) -> None:
        if not self._damaged:
            try:
                rows = self._database.execute(
                    'SELECT topic_id, count(*), min(timestamp), max(timestamp) '
                    'FROM messages GROUP BY topic_id'
                ).fetchall()
                self._add_counts(rows)
                return
            except _DAMAGED as error:
                self._damaged = True
                self._note(f'is damaged ({error}); read in order of recording')
        self._add_counts((channel, 1, time_ns, time_ns) for time_ns, _, channel in self._keys())

    def _add_counts(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        times: tuple[int, int] | None = None
        for channel, count, first, last in rows:
            if channel in self.counts and isinstance(first, int) and isinstance(last, int):
                self.counts[channel] += count
                times = (min(times[0], first), max(times[1], last)) if times else (first, last)
        if times:
            self.start_ns, self.end_ns = times

    def _check_size(self) -> None:
        with self._path.open('rb') as file:
            header = file.read(32)
        page = int.from_bytes(header[16:18], 'big')
        declared = (65536 if page == 1 else page) * int.from_bytes(header[28:32], 'big')
        size = self._path.stat().st_size
        if size < declared:
            self._damaged = True
            self._note(f'is cut: {size} of {declared} bytes are there')
            # SQLite refuses a truncated file, except with a writable schema.
            self._database.execute('PRAGMA writable_schema = ON')

    def _keys(self) -> Iterator[Key]:
        """Yield time, row and channel of all messages, without reading the messages."""
        last: Key | None = None
        if not self._damaged:
            try:
                for key in self._query('ORDER BY timestamp, id', ()):
                    if last is not None and key[:2] <= last[:2]:
                        raise sqlite3.DatabaseError('its index runs in a circle')
                    last = key
                    yield key
                return
            except _DAMAGED as error:
                self._damaged = True
                self._note(f'its index is damaged ({error}); read in order of recording')
        yield from self._keys_by_row(last)

    def _keys_by_row(self, last: Key | None) -> Iterator[Key]:
        """Yield the remaining readable rows in order of recording."""
        row, failures = -1, 0
        while failures < _MAX_LOST_ROWS:
            try:
                for key in self._query('WHERE id > ? ORDER BY id', (row,)):
                    if key[1] <= row:
                        raise sqlite3.DatabaseError('rows out of order')
                    row, failures = key[1], 0
                    if last is None or key[:2] > last[:2]:
                        yield key
                return
            except _DAMAGED as error:
                row, failures = row + 1, failures + 1
                self._note(f'rows are damaged: {error}')

    def _query(self, order: str, values: tuple[int, ...]) -> Iterator[Key]:
        cursor = self._database.execute(
            f'SELECT timestamp, id, topic_id FROM messages {order}', values
        )
        for time_ns, row, channel in cursor:
            if all(isinstance(value, int) for value in (time_ns, row, channel)):
                yield time_ns, row, channel

    def _blob(self, row: int) -> bytes | None:
        try:
            selected = self._database.execute(
                'SELECT data FROM messages WHERE id = ?', (row,)
            ).fetchone()
        except (*_DAMAGED, MemoryError):
            return None
        return selected[0] if selected and isinstance(selected[0], bytes) else None
