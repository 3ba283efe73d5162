# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Contact sheet: many small pictures with captions in one image."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros.base.text_output import write_bytes

_GAP = 6  # pixels around each entry
_LINE = 16  # height of a caption
_FONT, _SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.4
_PAPER, _INK = 255, (40, 40, 40)


@dataclasses.dataclass(frozen=True, eq=False)
class SheetEntry:
    """Pictures stacked vertically, with a caption."""

    pictures: tuple[np.ndarray, ...]  # (H, W, 3) uint8 R, G, B
    caption: str


def contact_sheet(
    entries: Sequence[SheetEntry], columns: int = 4, picture_width: int = 320
) -> np.ndarray:
    """Arrange entries row by row.

    Args:
        entries: Entries, at least one; their pictures are scaled to the same width.
        columns: Largest number of entries per row.
        picture_width: Width of each picture, pixels.

    Returns:
        (H, W, 3) uint8 R, G, B.

    Raises:
        ValueError: There is nothing to show.
    """
    if not entries:
        raise ValueError('a contact sheet needs at least one entry')
    blocks = [_block(entry, picture_width) for entry in entries]
    height = max(len(block) for block in blocks)
    columns = min(columns, len(blocks))
    empty = np.full((height, blocks[0].shape[1], 3), _PAPER, np.uint8)
    full = [_padded(block, height) for block in blocks]
    full += [empty] * (-len(full) % columns)
    rows = [np.hstack(full[first : first + columns]) for first in range(0, len(full), columns)]
    return np.vstack(rows)


def write_sheet(path: Path, sheet: np.ndarray) -> None:
    """Write a picture (H, W, 3) R, G, B as PNG, creating parent folders.

    Raises:
        OSError: It cannot be written; the message names the file.
    """
    done, data = cv2.imencode('.png', cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f'{path}: a picture of shape {sheet.shape} cannot be encoded')
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, data.tobytes())


def _block(entry: SheetEntry, width: int) -> np.ndarray:
    pictures = [_fitted(picture, width) for picture in entry.pictures]
    caption = np.full((_LINE, width, 3), _PAPER, np.uint8)
    cv2.putText(caption, entry.caption, (0, _LINE - 5), _FONT, _SCALE, _INK, 1, cv2.LINE_AA)
    block = np.vstack([*pictures, caption])
    return cv2.copyMakeBorder(
        block, _GAP, _GAP, _GAP, _GAP, cv2.BORDER_CONSTANT, value=(_PAPER,) * 3
    )


def _fitted(picture: np.ndarray, width: int) -> np.ndarray:
    """Resize a picture to a width: averaged when it shrinks, nearest pixels when it grows."""
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    shrinks = width < picture.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    return cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=method)


def _padded(block: np.ndarray, height: int) -> np.ndarray:
    below = height - len(block)
    return cv2.copyMakeBorder(block, 0, below, 0, 0, cv2.BORDER_CONSTANT, value=(_PAPER,) * 3)
