# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Contact sheet of teacher labels on some images of every recording, and the classes seen."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.messages.pictures import class_overlay
from thermal_depth_ros.pages.colouring import (
    BAD_COLOUR,
    DepthRange,
    confidence_picture,
    depth_picture,
    depth_range,
)
from thermal_depth_ros.pages.contact_sheet import SheetEntry, contact_sheet
from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.semantic_labels import SemanticLabels

Labels = SemanticLabels | DepthLabels

_MOST_IMAGES = 15
_COUNTED = 64  # images of a recording that are looked at for classes
_OPACITY = 0.65
_LEAST_SHOWN = 0.05  # of relative inverse depth, which lies in 0..1
_KEY_WIDTH, _KEY_LINE = 320, 18  # pixels


def label_sheet(
    recordings: Sequence[tuple[RecordedFrames, Mapping[str, Labels]]], classes: LabelSet
) -> np.ndarray | None:
    """Return a sheet (H, W, 3) uint8; None if nothing is labelled.

    Args:
        recordings: Images, and their labels by kind.
        classes: Our classes, with their colours.
    """
    each = max(_MOST_IMAGES // max(len(recordings), 1), 1)
    chosen = [
        (frames, labels, index)
        for frames, labels in recordings[:_MOST_IMAGES]
        for index in _spread(_finished(frames, labels), each)
    ]
    if not chosen:
        return None
    depths = [
        _depth(one, int(frames.rows[index]))
        for frames, labels, index in chosen
        for one in labels.values()
        if isinstance(one, DepthLabels)
    ]
    shown = depth_range(depths)
    entries = [
        SheetEntry(
            tuple(_pictures(frames, labels, index, classes, shown)),
            f'{Path(frames.path).name}, image {int(frames.numbers[index])}',
        )
        for frames, labels, index in chosen
    ]
    return contact_sheet([*entries, _key(classes, list(chosen[0][1].values()), shown)])


def seen_classes(labels: SemanticLabels, rows: np.ndarray) -> np.ndarray:
    """Return (C,) bool: which classes are the best at some pixel of the sampled images."""
    seen = np.zeros(len(labels.classes), bool)
    done = labels.done()
    for row in _spread(rows[done[rows]].tolist(), _COUNTED):
        kept = labels.read(row)
        seen[np.unique(kept.class_ids[0][kept.scores[0] > 0])] = True
    return seen


def _finished(frames: RecordedFrames, labels: Mapping[str, Labels]) -> list[int]:
    """Return the indices of the images that have all labels."""
    done = [one.done()[frames.rows] for one in labels.values()]
    return np.flatnonzero(np.all(done, 0)).tolist()


def _spread(values: list[int], most: int) -> list[int]:
    if len(values) <= most:
        return values
    return [values[i] for i in np.linspace(0, len(values) - 1, most).round().astype(int)]


def _pictures(
    frames: RecordedFrames,
    labels: Mapping[str, Labels],
    index: int,
    classes: LabelSet,
    shown: DepthRange | None,
) -> list[np.ndarray]:
    image, row = frames.image(index), int(frames.rows[index])
    pictures = [image]
    for one in labels.values():
        if isinstance(one, DepthLabels):
            assert shown is not None, 'disparity is positive everywhere'
            pictures.append(depth_picture(_depth(one, row), shown))
            continue
        kept = one.read(row)
        best = np.where(kept.scores[0] > 0, kept.class_ids[0], UNLABELLED).astype(np.uint8)
        overlay = class_overlay(image, best, np.array(classes.colours, np.uint8), _OPACITY)
        overlay[best == UNLABELLED] = BAD_COLOUR
        pictures += [overlay, confidence_picture(kept.scores[0] / 255.0)]
    return pictures


def _depth(labels: DepthLabels, row: int) -> np.ndarray:
    """Return the depth (H, W) of an image; of relative labels, some depth of their order."""
    disparity = labels.read(row)
    return 1.0 / (disparity + _LEAST_SHOWN if labels.relative else disparity)


def _key(classes: LabelSet, labels: Sequence[Labels], shown: DepthRange | None) -> SheetEntry:
    """Return an entry with the legend of the others and of the class colours."""
    lines: list[tuple[str, tuple[int, int, int] | None]] = [('from above: image', None)]
    for one in labels:
        if isinstance(one, SemanticLabels):
            lines += [('best class, then its score (dark 0, light 1)', None)]
            lines += list(zip(classes.names, classes.colours, strict=True))
            lines += [('unlabelled', BAD_COLOUR)]
        elif one.relative:
            lines += [('relative depth, near light, far dark', None)]
        elif shown is not None:
            near, far = shown.near_m, shown.far_m
            lines += [(f'depth, {near:.3g} (light) to {far:.3g} (dark)', None)]
    picture = np.full((len(lines) * _KEY_LINE, _KEY_WIDTH, 3), 255, np.uint8)
    for number, (text, colour) in enumerate(lines):
        top = number * _KEY_LINE
        if colour is not None:
            picture[top + 2 : top + _KEY_LINE - 2, 2:24] = colour
        left, base = (30 if colour is not None else 2), top + _KEY_LINE - 5
        cv2.putText(picture, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (40, 40, 40), 1)
    return SheetEntry((picture,), '')
