# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a training left behind, and where two such states differ."""

from pathlib import Path
from typing import Any

import torch


def differences(one: Any, other: Any, where: str = '') -> list[str]:
    """Name every place where two nested structures are not the same bit for bit."""
    if isinstance(one, torch.Tensor):
        same = isinstance(other, torch.Tensor) and one.dtype == other.dtype
        return [] if same and torch.equal(one, other) else [where]
    if isinstance(one, dict):
        if not isinstance(other, dict) or one.keys() != other.keys():
            return [where]
        return [d for key in one for d in differences(one[key], other[key], f'{where}.{key}')]
    if isinstance(one, (list, tuple)):
        if not isinstance(other, (list, tuple)) or len(one) != len(other):
            return [where]
        pairs = enumerate(zip(one, other, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f'{where}[{i}]')]
    return [] if one == other and type(one) is type(other) else [where]


def end_of_run(output: Path) -> tuple[dict[str, Any], bytes]:
    """Return what may not depend on interruptions: the last checkpoint's content, and the history.

    Without the time it took, and the settings and recordings, which name folders.
    """
    newest = sorted((output / 'checkpoints').glob('*.pt'))[-1]
    content = torch.load(newest, weights_only=True)
    for name in ('seconds', 'settings', 'recordings'):
        del content[name]
    return content, (output / 'history.jsonl').read_bytes()
