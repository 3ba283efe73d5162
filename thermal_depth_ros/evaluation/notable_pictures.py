# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the frames of an evaluation: input, prediction, ground truth, error."""

from collections.abc import Sequence

import cv2
import numpy as np

from thermal_depth_ros.evaluation.notable_frames import NotableFrame
from thermal_depth_ros.messages.pictures import class_overlay
from thermal_depth_ros.metrics.segmentation import IGNORED
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange
from thermal_depth_ros.pages.page_parts import (
    Bar,
    FrameRow,
    Key,
    Picture,
    flat,
    natural,
    photo,
)

# Ground truth with a lower share of pixels is drawn with larger dots, to be visible.
_SPARSE = 0.3
_WORST_FACTOR = 2.0  # ratio of depths at the ends of the error colour bar
_ERROR_MAP = 'coolwarm'
_OPACITY = 0.6
RIGHT, WRONG = (38, 84, 62), (214, 57, 43)


def shown_range(notable: Sequence[NotableFrame]) -> DepthRange | None:
    """Return the common depth range of the colours of all notable."""
    return colouring.depth_range([frame.truth for frame in notable])


def depth_row(title: str, frame: NotableFrame, shown: DepthRange) -> FrameRow:
    """Draw a depth frame."""
    pictures = _input(frame)
    truth = _enlarged(frame.truth)
    predicted = frame.predicted
    if predicted.shape != frame.truth.shape:
        height, width = frame.truth.shape
        predicted = cv2.resize(predicted, (width, height), interpolation=cv2.INTER_NEAREST)
    known = np.isfinite(truth) & (truth > 0)
    with np.errstate(divide='ignore', invalid='ignore'):
        logarithm = np.log2(predicted / np.where(known, truth, np.nan))
    pictures += [
        Picture(flat(colouring.depth_picture(frame.predicted, shown)), 'predicted'),
        Picture(flat(colouring.depth_picture(truth, shown)), 'true'),
        Picture(flat(error_picture(logarithm)), 'error'),
    ]
    return FrameRow(f'{title}: {_where(frame)}: {frame.caption}', pictures)


def class_row(title: str, frame: NotableFrame, colours: np.ndarray) -> FrameRow:
    """Draw a semantic frame; `colours` (C, 3) uint8 by class id."""
    pictures = _input(frame)
    height, width = frame.truth.shape
    beneath = np.zeros((height, width, 3), np.uint8)
    if frame.image is not None:
        beneath = natural(frame.image)
    for labels, name in ((frame.predicted, 'predicted'), (frame.truth, 'true')):
        overlay = class_overlay(beneath, labels.astype(np.uint8), colours, _OPACITY)
        pictures.append(Picture(photo(overlay), name))
    pictures.append(Picture(flat(wrong_picture(frame.predicted, frame.truth)), 'wrong pixels'))
    return FrameRow(f'{title}: {_where(frame)}: {frame.caption}', pictures)


def error_picture(logarithm: np.ndarray) -> np.ndarray:
    """Colour log2(predicted / true) (H, W): blue is too near, red is too far."""
    end = np.log2(_WORST_FACTOR)
    place = np.clip(np.nan_to_num(logarithm, posinf=end, neginf=-end) / (2 * end) + 0.5, 0, 1)
    picture = colouring.colour_table(_ERROR_MAP)[np.round(place * 255).astype(np.uint8)]
    picture[np.isnan(logarithm)] = colouring.BAD_COLOUR
    return picture


def error_bar() -> Bar:
    """Explain the colours of `error_picture`."""
    ticks = [f'1/{_WORST_FACTOR:g}', 'right', f'{_WORST_FACTOR:g} times']
    unknown = Key(colouring.css_colour(colouring.BAD_COLOUR), 'no truth or no prediction')
    gradient = colouring.css_gradient(_ERROR_MAP)
    return Bar('predicted by true depth, logarithmic', gradient, ticks, [unknown])


def wrong_picture(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Colour correctly and wrongly classified pixels."""
    picture = np.full((*truth.shape, 3), colouring.BAD_COLOUR, np.uint8)
    known = truth != IGNORED
    picture[known & (predicted == truth)] = RIGHT
    picture[known & (predicted != truth)] = WRONG
    return picture


def wrong_keys() -> list[Key]:
    """Explain the colours of `wrong_picture`."""
    return [
        Key(colouring.css_colour(RIGHT), 'right'),
        Key(colouring.css_colour(WRONG), 'wrong'),
        Key(colouring.css_colour(colouring.BAD_COLOUR), 'no true class'),
    ]


def _input(frame: NotableFrame) -> list[Picture]:
    if frame.image is None:
        return []
    return [Picture(photo(natural(frame.image)), 'input')]


def _enlarged(truth: np.ndarray) -> np.ndarray:
    """Enlarge the dots of a sparse depth map; the nearest depth is in front."""
    known = np.isfinite(truth) & (truth > 0)
    if not known.any() or known.mean() > _SPARSE:
        return truth
    size = 2 * round(truth.shape[1] / 400) + 1
    beyond = np.where(known, truth, np.inf).astype(np.float32)
    grown = cv2.erode(beyond, np.ones((size, size), np.uint8))
    # OpenCV pads with the largest number, which stands for infinity.
    return np.where(grown < np.finfo(np.float32).max, grown, np.nan)


def _where(frame: NotableFrame) -> str:
    return f'{frame.paths[0].name} at {frame.stamp_ns / 1e9:.2f} s'
