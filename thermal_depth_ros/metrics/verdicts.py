# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sentences that say whether figures beat those of predictors that never look at the image."""

from thermal_depth_ros.metrics.accumulators import DepthEvaluation
from thermal_depth_ros.metrics.segmentation import SegmentationScore

A_MAP, A_CONSTANT, STRAIGHT_AHEAD = 'a fixed map', 'a constant', 'straight ahead'
_TOO_FEW = 'A fixed map to compare with needs two images.'
_ROUNDING = 1e-6  # relative: a difference below it is none


def verdict(
    quantity: str, value: float, baseline: float, name: str, *, higher: bool, form: str = '.3f'
) -> str:
    """Return a sentence that says whether a figure beats that of a predictor that never looks.

    Args:
        quantity: Name of the figure.
        value: Figure of the network.
        baseline: Figure of the predictor.
        name: Name of the predictor, with its article.
        higher: Whether higher is better.
        form: Format of the figures.
    """
    verb = 'beats' if beats(value, baseline, higher=higher) else 'does not beat'
    return f'{quantity} {verb} {name}: {value:{form}} against {baseline:{form}}.'


def beats(value: float, baseline: float, *, higher: bool) -> bool:
    """Whether a figure is better than another one by more than rounding."""
    gain = value - baseline if higher else baseline - value
    return gain > _ROUNDING * abs(baseline)


def better_baseline(
    fixed_map: float, constant: float | None = None, *, higher: bool
) -> tuple[float, str]:
    """Return the better figure of map and constant, and the name of its predictor.

    The constant is named only where it beats the map; None if there is none, as for classes.
    """
    if constant is not None and beats(constant, fixed_map, higher=higher):
        return constant, A_CONSTANT
    return fixed_map, A_MAP


def in_brackets(
    value: float,
    fixed_map: float,
    constant: float | None = None,
    *,
    higher: bool,
    form: str = '.3f',
) -> str:
    """Return the better of map and constant in brackets, and whether a figure does not beat it."""
    best, name = better_baseline(fixed_map, constant, higher=higher)
    beaten = beats(value, best, higher=higher)
    return f'({name.removeprefix("a ") if beaten else f"does not beat {name}"}: {best:{form}})'


def depth_verdicts(depth: DepthEvaluation, *, in_metres: bool = True) -> list[str]:
    """Return whether depth beats the better predictor that never looks at the image.

    Args:
        depth: Metrics of a network, of the map and of the constant.
        in_metres: Whether the network claims metres, so that depth as predicted counts.
    """
    if depth.fixed_map is None or depth.constant is None:
        return [_TOO_FEW]
    texts = []
    ways = [
        ('scaled', depth.scaled, depth.fixed_map.scaled, depth.constant.scaled),
        ('as predicted', depth.metric, depth.fixed_map.metric, depth.constant.metric),
    ]
    for how, ours, fixed_map, constant in ways[: 2 if in_metres and not depth.up_to_scale else 1]:
        for quantity, field, higher in (('abs_rel', 'abs_rel', False), ('d<1.25', 'delta1', True)):
            value, *blind = (getattr(row, field) for row in (ours, fixed_map, constant))
            best, name = better_baseline(*blind, higher=higher)
            texts.append(verdict(f'{quantity} {how}', value, best, name, higher=higher))
    return texts


def class_verdicts(score: SegmentationScore) -> list[str]:
    """Return whether classes beat the map of the most frequent class of each place."""
    fixed_map = score.fixed_map
    if fixed_map is None:
        return [_TOO_FEW] if score.pixels else []
    texts = [
        verdict(quantity, 100 * ours, 100 * blind, A_MAP, higher=True, form='.2f')
        for quantity, ours, blind in (
            ('mIoU', score.miou, fixed_map.miou),
            ('Pixel accuracy', score.pixel_accuracy, fixed_map.pixel_accuracy),
        )
        if ours is not None and blind is not None
    ]
    if unbeaten := unbeaten_classes(score):
        texts.append(f'Classes whose IoU does not beat {A_MAP}: {", ".join(unbeaten)}.')
    return texts


def unbeaten_classes(score: SegmentationScore) -> tuple[str, ...]:
    """Return the classes, in their order, whose IoU is not better than that of the fixed map."""
    of_map = score.fixed_map.iou if score.fixed_map is not None else {}
    return tuple(
        entry.name
        for entry in score.classes
        if entry.iou is not None
        and (blind := of_map.get(entry.name)) is not None
        and not beats(entry.iou, blind, higher=True)
    )
