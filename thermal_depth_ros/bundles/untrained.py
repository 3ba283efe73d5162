# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which outputs of a bundle parts with random weights make meaningless."""

from collections.abc import Sequence

ALL_OUTPUTS = 'outputs'
_DEPTH, _MOTION, _CLASSES = 'depth', 'motion', 'classes'
_OUTPUTS = {
    'depth': (_DEPTH,),
    'pose': (_MOTION,),
    'depthseg': (_DEPTH, _CLASSES),
    'depthseg.depth_decoder': (_DEPTH,),
    'depthseg.seg_decoder': (_CLASSES,),
}


def untrained_outputs(parts: Sequence[str]) -> str:
    """Return the outputs that parts with random weights, as a bundle names them, make meaningless.

    It is 'outputs' where these are all of them, or not known; '' without such parts.
    """
    found: set[str] = set()
    for part in parts:
        outputs = _OUTPUTS.get(part) or _OUTPUTS.get(part.partition('.')[0])
        if outputs is None:
            return ALL_OUTPUTS
        found.update(outputs)
    return ' and '.join(name for name in (_DEPTH, _CLASSES, _MOTION) if name in found)
