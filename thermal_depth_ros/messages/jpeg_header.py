# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parses the segments of a JPEG (ITU-T T.81): its size, and whether all scans are present.

A decoder fills in missing data: grey for rows, a blur for scans. Everything that can be detected
without decoding is detected here; for the end of the last scan see `picture_decoding`.
"""

import dataclasses
import re
import struct

from thermal_depth_ros.messages.errors import MessageError

# Real files have about ten. Each scan covers the whole image, so that a small file with many empty
# scans could keep the decoder busy for minutes.
MAX_JPEG_SCANS = 64
JPEG_MAGIC = b'\xff\xd8\xff'

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_START_OF_SCAN, _END_OF_IMAGE, _RESTART_INTERVAL = 0xDA, 0xD9, 0xDD
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# Within a scan a 0xFF byte of the picture is followed by zero; restart markers are part of it.
_AFTER_SCAN = re.compile(b'\xff[^\x00\xff\xd0-\xd7]')
_RESTART = re.compile(b'\xff[\xd0-\xd7]')
_COEFFICIENTS = 64


@dataclasses.dataclass
class JpegLayout:
    """Declarations of the segments."""

    width: int = 0
    height: int = 0
    bits: int = 0
    sampling: dict[int, tuple[int, int]] = dataclasses.field(default_factory=dict)
    progressive: bool = False
    restart_interval: int = 0
    scans: int = 0
    end: int = 0  # position of the end marker
    # For each component: the number of missing low bits of each coefficient.
    missing_bits: dict[int, list[int | None]] = dataclasses.field(default_factory=dict)

    @property
    def channels(self) -> int:
        """Number of components."""
        return len(self.sampling)

    @property
    def complete(self) -> bool:
        """Whether all coefficients of all components are complete."""
        return all(bit == 0 for bits in self.missing_bits.values() for bit in bits)


def read_jpeg(data: bytes) -> JpegLayout:
    """Walk over the segments of a JPEG up to its end marker.

    Raises:
        MessageError: Truncated or damaged data, or a scan is missing.
    """
    layout = JpegLayout()
    at = 2
    while True:
        marker, at = _next_marker(data, at)
        if marker == _END_OF_IMAGE:
            layout.end = at - 2
            break
        if marker in _STANDALONE:
            continue
        (length,) = struct.unpack('>H', _bytes(data, at, 2))
        content = _bytes(data, at + 2, max(length, 2) - 2)
        at += max(length, 2)
        if marker in _START_OF_FRAME:
            _read_frame(layout, marker, content)
        elif marker == _RESTART_INTERVAL:
            (layout.restart_interval,) = struct.unpack('>H', _bytes(content, 0, 2))
        elif marker == _START_OF_SCAN:
            at = _read_scan(layout, data, at, content)
    if not layout.scans:
        raise MessageError('data', 'JPEG', 'the JPEG is truncated: no scan')
    if not layout.complete:
        raise MessageError('data', 'JPEG', 'the JPEG is truncated: scans are missing')
    return layout


def _read_frame(layout: JpegLayout, marker: int, content: bytes) -> None:
    layout.bits, layout.height, layout.width, count = struct.unpack('>BHHB', _bytes(content, 0, 6))
    layout.progressive = marker in _PROGRESSIVE
    layout.sampling.clear()
    layout.missing_bits.clear()
    for index in range(count):
        name, sampling, _ = _bytes(content, 6 + 3 * index, 3)
        layout.sampling[name] = (max(sampling >> 4, 1), max(sampling & 15, 1))
        layout.missing_bits[name] = [None] * _COEFFICIENTS


def _read_scan(layout: JpegLayout, data: bytes, at: int, content: bytes) -> int:
    """Record the content of a scan and return the position of the marker after it."""
    if not layout.sampling:
        raise MessageError('data', 'JPEG', 'a scan comes before the size of the picture')
    layout.scans += 1
    if layout.scans > MAX_JPEG_SCANS:
        raise MessageError('data', 'JPEG', f'more than {MAX_JPEG_SCANS} scans')
    (count,) = _bytes(content, 0, 1)
    names = list(_bytes(content, 1, 2 * count)[::2])
    first, last, bits = _bytes(content, 1 + 2 * count, 3)
    if not layout.progressive:
        first, last, bits = 0, _COEFFICIENTS - 1, 0
    for name in names:
        missing = layout.missing_bits.get(name)
        if missing is None:
            raise MessageError('data', name, 'a scan of a JPEG is of no component it declares')
        for coefficient in range(first, min(last, _COEFFICIENTS - 1) + 1):
            missing[coefficient] = bits & 15
    following = _AFTER_SCAN.search(data, at)
    if following is None:
        raise MessageError('len(data)', len(data), 'the JPEG is truncated')
    _check_restarts(layout, data, at, following.start(), names)
    return following.end() - 2


def _check_restarts(
    layout: JpegLayout, data: bytes, start: int, end: int, names: list[int]
) -> None:
    if not layout.restart_interval or not layout.width or not layout.height:
        return
    widest = max(h for h, _ in layout.sampling.values())
    highest = max(v for _, v in layout.sampling.values())
    across, down = 8 * widest, 8 * highest
    if len(names) == 1:
        h, v = layout.sampling[names[0]]
        across, down = 8 * widest // h, 8 * highest // v
    units = -(-layout.width // across) * -(-layout.height // down)
    expected = -(-units // layout.restart_interval) - 1
    count = len(_RESTART.findall(data, start, end))
    if count < expected:
        reason = f'the JPEG is truncated: {expected} restart markers are due'
        raise MessageError('data', f'{count} restart markers', reason)


def _bytes(data: bytes, at: int, count: int) -> bytes:
    if len(data) < at + count:
        raise MessageError('len(data)', len(data), 'the JPEG is truncated')
    return data[at : at + count]


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at a position, fill bytes skipped, and the position after it."""
    if at < len(data) and data[at] != 0xFF:
        raise MessageError('data', data[at], f'no JPEG marker at byte {at}')
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise MessageError('len(data)', len(data), 'the JPEG is truncated')
    return data[at], at + 1
