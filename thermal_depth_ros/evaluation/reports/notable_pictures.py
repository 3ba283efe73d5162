# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the frames of an evaluation: input, prediction, ground truth, error."""

import cv2
import numpy as np

from thermal_depth_ros.evaluation.notable_frames import NotableFrame, NotableFrames
from thermal_depth_ros.messages.pictures import class_overlay
from thermal_depth_ros.metrics.segmentation import IGNORED, SegmentationScore
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange
from thermal_depth_ros.pages.report import (
    Bar,
    Key,
    Picture,
    PictureRow,
    depth_bar,
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


def depth_rows(notable: NotableFrames) -> tuple[list[PictureRow], list[Bar]]:
    """Draw the worst and best depth frames in common colours; also return the colour bars."""
    frames = [frame for _, frame in notable.titled]
    shown = colouring.depth_range([frame.truth for frame in frames])
    if shown is None:
        return [], []
    rows = [depth_row(title, frame, shown) for title, frame in notable.titled]
    maps = [m for frame in frames for m in (frame.predicted, frame.truth)]
    return rows, [depth_bar(maps, shown), error_bar()]


def depth_row(title: str, frame: NotableFrame, shown: DepthRange) -> PictureRow:
    """Draw a depth frame."""
    predicted, true, error = depth_pictures(frame, shown)
    return _row(
        title, frame, flat(predicted, 'predicted'), flat(true, 'true'), flat(error, 'error')
    )


def depth_pictures(
    frame: NotableFrame, shown: DepthRange
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the predicted depth, the true depth and the error as RGB (H, W, 3) uint8."""
    truth, predicted = _enlarged(frame.truth), frame.predicted
    if predicted.shape != frame.truth.shape:
        height, width = frame.truth.shape
        predicted = cv2.resize(predicted, (width, height), interpolation=cv2.INTER_NEAREST)
    known = np.isfinite(truth) & (truth > 0)
    with np.errstate(divide='ignore', invalid='ignore'):
        logarithm = np.log2(predicted / np.where(known, truth, np.nan))
    return (
        colouring.depth_picture(frame.predicted, shown),
        colouring.depth_picture(truth, shown),
        error_picture(logarithm),
    )


def class_rows(notable: NotableFrames, colours: np.ndarray) -> list[PictureRow]:
    """Draw the worst and best semantic frames; `colours` (C, 3) uint8 by class id."""
    return [class_row(title, frame, colours) for title, frame in notable.titled]


def class_row(title: str, frame: NotableFrame, colours: np.ndarray) -> PictureRow:
    """Draw a semantic frame; `colours` (C, 3) uint8 by class id."""
    background = np.zeros((*frame.truth.shape, 3), np.uint8)
    if frame.image is not None:
        background = natural(frame.image)
    overlays = [
        photo(class_overlay(background, labels.astype(np.uint8), colours, _OPACITY), name)
        for labels, name in ((frame.predicted, 'predicted'), (frame.truth, 'true'))
    ]
    wrong = flat(wrong_picture(frame.predicted, frame.truth), 'wrong pixels')
    return _row(title, frame, *overlays, wrong)


def error_picture(logarithm: np.ndarray) -> np.ndarray:
    """Colour log2(predicted / true) (H, W): blue is too near, red is too far."""
    end = np.log2(_WORST_FACTOR)
    place = np.clip(np.nan_to_num(logarithm, posinf=end, neginf=-end) / (2 * end) + 0.5, 0, 1)
    picture = colouring.colour_table(_ERROR_MAP)[np.round(place * 255).astype(np.uint8)]
    picture[np.isnan(logarithm)] = colouring.BAD_COLOUR
    return picture


def error_bar() -> Bar:
    """Explain the colours of `error_picture`."""
    ticks = [f'1/{_WORST_FACTOR:g}', 'exact', f'{_WORST_FACTOR:g} times']
    unknown = Key(colouring.css_colour(colouring.BAD_COLOUR), 'no ground truth or no prediction')
    gradient = colouring.css_gradient(_ERROR_MAP)
    return Bar('ratio of predicted to true depth, logarithmic', gradient, ticks, [unknown])


def wrong_picture(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Colour correctly and wrongly classified pixels."""
    picture = np.full((*truth.shape, 3), colouring.BAD_COLOUR, np.uint8)
    known = truth != IGNORED
    picture[known & (predicted == truth)] = RIGHT
    picture[known & (predicted != truth)] = WRONG
    return picture


def class_legend(score: SegmentationScore, colours: np.ndarray) -> list[Key]:
    """Explain the colours of the classes that occur, and those of `wrong_picture`."""
    occurring = [
        Key(colouring.css_colour(colour), entry.name)
        for colour, entry in zip(colours, score.classes, strict=False)
        if entry.true_pixels or entry.predicted_pixels
    ]
    return [*occurring, *wrong_keys()]


def wrong_keys() -> list[Key]:
    """Explain the colours of `wrong_picture`."""
    return [
        Key(colouring.css_colour(RIGHT), 'right'),
        Key(colouring.css_colour(WRONG), 'wrong'),
        Key(colouring.css_colour(colouring.BAD_COLOUR), 'no true class'),
    ]


def input_picture(frame: NotableFrame) -> list[Picture]:
    """Return the input image of a frame; empty if it could not be read."""
    return [] if frame.image is None else [photo(natural(frame.image), 'input')]


def _row(title: str, frame: NotableFrame, *pictures: Picture) -> PictureRow:
    """Return the input image and pictures of a frame."""
    seconds = frame.stamp_ns / 1e9
    caption = f'{title}: {frame.paths[0].name} at {seconds:.2f} s: {frame.caption}'
    return PictureRow(caption, [*input_picture(frame), *pictures])


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
