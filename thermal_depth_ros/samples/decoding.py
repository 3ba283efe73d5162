# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decodes the image messages of a recording to images of one size and bit depth."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.geometry.crop import Crop, CropError, crop_hint
from thermal_depth_ros.messages.decode import decode_camera_image, is_compressed
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import calibrated_limit, default_limit
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.thermal.outlying_border import outlying_border

UNDECODABLE, OTHER_SIZE, OTHER_DEPTH = 'undecodable', 'of another size', 'of another bit depth'
_PROMISES_16 = ('mono16', '16uc1', '16sc1')


@dataclasses.dataclass(frozen=True, eq=False)
class Decoded:
    """One image."""

    number: int  # index of the message within its topic
    stamp_ns: int
    frame_id: str
    encoding: str
    image: np.ndarray  # (H, W) uint8 or uint16, or (H, W, 3) uint8


@dataclasses.dataclass(frozen=True)
class Expected:
    """Required properties of the images of a topic."""

    topic: str
    kind: str  # contract.THERMAL or contract.RGB
    width: int
    height: int
    bit_depth: str  # 'auto', '8' or '16'
    crop: Crop = Crop()  # applied before the size is checked

    @property
    def key(self) -> dict[str, Any]:
        """Plain values that identify the images; without a crop, unchanged from older versions."""
        values = dataclasses.asdict(self)
        return values if self.crop else {n: v for n, v in values.items() if n != 'crop'}


class Decoder:
    """Yields the images that meet the requirements and counts the others."""

    def __init__(self, recording: Recording, expected: Expected) -> None:
        self._recording, self._expected = recording, expected
        self._dtype: np.dtype | None = None
        self.left_out: Counter[str] = Counter()
        self.examples: dict[str, str] = {}  # reason -> the first such image

    def images(self) -> Iterator[Decoded | None]:
        """Yield the image of every message of the topic, or None if it is rejected.

        Raises:
            SamplesError: The bit depth of the images differs from the required or declared one.
        """
        for number, record in enumerate(self._recording.read([self._expected.topic])):
            try:
                decoded = self._decode(number, record)
            except (BagError, MessageError) as error:
                self._leave_out(UNDECODABLE, number, str(error))
                yield None
                continue
            yield decoded if self._fits(decoded) else None

    def _decode(self, number: int, record: Record) -> Decoded:
        message: Any = record.message
        wanted = self._expected
        limit = calibrated_limit(default_limit(), wanted.width, wanted.height)
        image = self._cropped(decode_camera_image(message, wanted.kind, limit))
        encoding = message.format if is_compressed(message) else message.encoding
        return Decoded(number, record.stamp_ns, str(message.header.frame_id), str(encoding), image)

    def _cropped(self, whole: np.ndarray) -> np.ndarray:
        try:
            return self._expected.crop.image(whole)
        except CropError as error:
            size = f'{whole.shape[1]}x{whole.shape[0]}'
            raise MessageError('size', size, str(error)) from error

    def _fits(self, decoded: Decoded) -> bool:
        image, wanted = decoded.image, self._expected
        if image.shape[:2] != (wanted.height, wanted.width):
            size = f'{image.shape[1]}x{image.shape[0]}, not {wanted.width}x{wanted.height}'
            seen = outlying_border(image) if image.ndim == 2 else None
            hint = crop_hint(image.shape[:2], (wanted.height, wanted.width), seen)
            self._leave_out(OTHER_SIZE, decoded.number, f'{size}; {hint}' if hint else size)
            return False
        if image.dtype not in (np.uint8, np.uint16):
            self._leave_out(UNDECODABLE, decoded.number, f'pixels of {image.dtype}')
            return False
        if self._dtype is None:
            self._check_bits(decoded)
            self._dtype = image.dtype
        if image.dtype != self._dtype:
            self._leave_out(OTHER_DEPTH, decoded.number, f'encoding {decoded.encoding}')
            return False
        return True

    def _check_bits(self, decoded: Decoded) -> None:
        """Refuse 8-bit images if the setting or the message declares 16 bits."""
        bits, wanted = 8 * decoded.image.dtype.itemsize, self._expected
        if wanted.kind != THERMAL:
            return
        which = f'{wanted.topic}: images are {bits} bit (encoding {decoded.encoding!r})'
        if wanted.bit_depth != 'auto' and int(wanted.bit_depth) != bits:
            raise SamplesError(f'{which}, but bit_depth is {wanted.bit_depth}')
        promised = decoded.encoding.lower().startswith(_PROMISES_16)
        if wanted.bit_depth == 'auto' and promised and bits == 8:
            raise SamplesError(
                f'{which}, although 16 bit were recorded: the compression has cut them off; '
                'use the raw or png topic, or set bit_depth to 8 to train on what is left'
            )

    def _leave_out(self, reason: str, number: int, text: str) -> None:
        self.left_out[reason] += 1
        self.examples.setdefault(reason, f'image {number}: {text}')
