# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Automatic gain control of thermal cameras with 8 bits: each image alone."""

import torch

LINEAR, HISTOGRAM, PLATEAU = 'linear', 'histogram', 'plateau'
KINDS = (LINEAR, HISTOGRAM, PLATEAU)
_BINS = 1024
_TAIL = 0.001  # fraction of pixels cut off at both ends


def gain_controlled(counts: torch.Tensor, kind: str, plateau: float = 3.0) -> torch.Tensor:
    """Return whole levels 0..255 (N, H, W), float, of counts (N, H, W).

    Args:
        counts: Any range.
        kind: linear maps the range to 0..255; histogram maps by the cumulative histogram, so that
            all levels are equally frequent; plateau does so after limiting each bin.
        plateau: Limit of a bin, as a multiple of the mean over the occupied bins.
    """
    return torch.stack([_one(image.float(), kind, plateau) for image in counts])


def _one(counts: torch.Tensor, kind: str, plateau: float) -> torch.Tensor:
    flat, last = counts.flatten(), counts.numel() - 1
    ends = (1 + round(_TAIL * last), 1 + round((1 - _TAIL) * last))
    low, high = (flat.kthvalue(place).values for place in ends)
    if not high > low:
        return torch.zeros_like(counts)
    share = ((counts - low) / (high - low)).clamp(0.0, 1.0)
    if kind == LINEAR:
        return (share * 255).round()
    place = (share * _BINS).long().clamp(max=_BINS - 1)
    histogram = torch.bincount(place.flatten(), minlength=_BINS).float()
    if kind == PLATEAU:
        histogram = histogram.clamp(max=plateau * float(histogram[histogram > 0].mean()))
    cumulative = histogram.cumsum(0)
    # Between the first and the last occupied bin, as usual: the darkest pixels become 0.
    first, total = cumulative[place.min()], cumulative[-1]
    if not total > first:
        return torch.zeros_like(counts)
    return ((cumulative[place] - first) / (total - first) * 255).round()
