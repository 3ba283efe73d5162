# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Features of a frozen backbone, computed once for each image and kept in a file for this run.

They are computed one image at a time, so that they do not depend on the images beside it in a
batch: a run that is resumed, and computes them again, ends bit-identical.
"""

import math
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from thermal_depth_ros.networks.vit import Tap, VisionBackbone


class KeptFeatures:
    """Taps of a frozen backbone by the number of an image, in float32, which holds bf16 exactly.

    The file has no name: it disappears with the process, and no other run can read it.

    Args:
        folder: Where the file is made; it must exist.
        entries: Number of images.
        taps: Taps (1, C, h, w) of one image, for their shapes.

    Raises:
        OSError: There is no space for all of them.
    """

    def __init__(self, folder: Path, entries: int, taps: Sequence[Tap]) -> None:
        self._shapes = [tensor.shape for tensor in _flat(taps)]
        self._with_cls = [tap.cls is not None for tap in taps]
        self._row_bytes = row_bytes(taps)
        self._filled = np.zeros(entries, bool)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (lives as long as this)
        try:
            os.posix_fallocate(self._file.fileno(), 0, entries * self._row_bytes)
        except OSError:
            self._file.close()
            raise

    def forget(self) -> None:
        """Forget all of them, because the weights of the backbone are others."""
        self._filled[:] = False

    def of(
        self, backbone: VisionBackbone, entries: torch.Tensor
    ) -> Callable[[torch.Tensor], list[Tap]]:
        """Return what gives the taps of images (B, 3, H, W) with these numbers (B,)."""
        return lambda images: self._taps(backbone, images, entries)

    def _taps(
        self, backbone: VisionBackbone, images: torch.Tensor, entries: torch.Tensor
    ) -> list[Tap]:
        rows = [
            self._row(backbone, images[place : place + 1], entry)
            for place, entry in enumerate(entries.tolist())
        ]
        tensors = [torch.cat(parts).to(images.device) for parts in zip(*rows, strict=True)]
        taps = []
        for has_cls in self._with_cls:
            patches = tensors.pop(0).permute(0, 3, 1, 2)
            taps.append(Tap(patches, tensors.pop(0) if has_cls else None))
        return taps

    def _row(self, backbone: VisionBackbone, image: torch.Tensor, entry: int) -> list[torch.Tensor]:
        if self._filled[entry]:
            return self._read(entry)
        with torch.no_grad():
            row = [tensor.float().cpu().contiguous() for tensor in _flat(backbone(image))]
        data = b''.join(tensor.numpy().tobytes() for tensor in row)
        offset = entry * self._row_bytes
        while data:  # a write may be cut short
            written = os.pwrite(self._file.fileno(), data, offset)
            data, offset = data[written:], offset + written
        self._filled[entry] = True
        return row

    def _read(self, entry: int) -> list[torch.Tensor]:
        row, offset = [], entry * self._row_bytes
        for shape in self._shapes:
            tensor = torch.empty(shape)
            target = tensor.numpy().data.cast('B')
            while target:
                count = os.preadv(self._file.fileno(), [target], offset)
                if not count:
                    raise OSError('the file of kept features ends early')
                target, offset = target[count:], offset + count
            row.append(tensor)
        return row


def row_bytes(taps: Sequence[Tap]) -> int:
    """Return the size of the taps of one image."""
    return 4 * sum(math.prod(tensor.shape) for tensor in _flat(taps))


def why_too_large(folder: Path, needed: int, limit_gb: float) -> str:
    """Return why a file of this size (bytes) is not made in a folder, in words; '' if it may be."""
    size = f'they take {needed / 1e9:.3g} GB'
    if needed > limit_gb * 1e9:
        return f'{size}, more than keep_features_gb {limit_gb:g}'
    free = shutil.disk_usage(folder).free
    if needed > free / 2:
        return f'{size}, more than half of the {free / 1e9:.3g} GB that are free in {folder}'
    return ''


def _flat(taps: Sequence[Tap]) -> list[torch.Tensor]:
    """Return the patches (B, h, w, C) and class tokens (B, C) of taps, one after the other."""
    tensors = []
    for tap in taps:
        tensors.append(tap.patches.permute(0, 2, 3, 1))
        if tap.cls is not None:
            tensors.append(tap.cls)
    return tensors
