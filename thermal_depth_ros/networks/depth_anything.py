# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of Depth Anything V2: their size, their names, and the architecture they are for.

Both layouts are read: the original one (`pretrained.*`, `depth_head.*`) and that of `transformers`
(`backbone.*`, `neck.*`, `head.*`).
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.networks import naming
from thermal_depth_ros.networks.architecture import (
    DEPTH_ANYTHING_HEAD,
    DEPTH_M,
    LOWER_BOUND,
    RELATIVE,
)
from thermal_depth_ros.networks.naming import State

OPTIONAL = ('backbone.mask_token',)  # used in the training of DINOv2 alone
HEAD_CHANNELS = 64  # per attention head, in every DINOv2
_BACKBONES = {
    384: ('small', 'vit_small_patch14_dinov2.lvd142m', 12, 6),
    768: ('base', 'vit_base_patch14_dinov2.lvd142m', 12, 12),
    1024: ('large', 'vit_large_patch14_dinov2.lvd142m', 24, 16),
    1536: ('giant', 'vit_giant_patch14_dinov2.lvd142m', 40, 24),
}
_TAPS_OF_24_BLOCKS = (4, 11, 17, 23)  # the other sizes: the last block of each quarter
_PUBLISHED_IMAGE = 518  # pixels, of the stored position embedding

_ORIGINAL = [
    (r'scratch\.refinenet4\.', 'fusion.0.'),
    (r'scratch\.refinenet3\.', 'fusion.1.'),
    (r'scratch\.refinenet2\.', 'fusion.2.'),
    (r'scratch\.refinenet1\.', 'fusion.3.'),
    (r'scratch\.layer1_rn\.', 'adjust.0.'),
    (r'scratch\.layer2_rn\.', 'adjust.1.'),
    (r'scratch\.layer3_rn\.', 'adjust.2.'),
    (r'scratch\.layer4_rn\.', 'adjust.3.'),
    (r'projects\.(\d)\.', r'reassemble.\1.project.'),
    (r'resize_layers\.(\d)\.', r'reassemble.\1.resample.'),
    (r'scratch\.output_conv1\.', 'tail1.'),
    (r'scratch\.output_conv2\.0\.', 'tail2.'),
    (r'scratch\.output_conv2\.2\.', 'tail3.'),
]
_OF_UNITS = [
    (r'(fusion\.\d)\.resConfUnit1\.', r'\1.skip_unit.'),
    (r'(fusion\.\d)\.resConfUnit2\.', r'\1.unit.'),
    (r'(fusion\.\d)\.out_conv\.', r'\1.project.'),
]
_TRANSFORMERS = [
    (r'neck\.reassemble_stage\.layers\.(\d)\.projection\.', r'reassemble.\1.project.'),
    (r'neck\.reassemble_stage\.layers\.(\d)\.resize\.', r'reassemble.\1.resample.'),
    (r'neck\.convs\.(\d)\.', r'adjust.\1.'),
    (
        r'neck\.fusion_stage\.layers\.(\d)\.residual_layer1\.convolution(\d)\.',
        r'fusion.\1.skip_unit.conv\2.',
    ),
    (
        r'neck\.fusion_stage\.layers\.(\d)\.residual_layer2\.convolution(\d)\.',
        r'fusion.\1.unit.conv\2.',
    ),
    (r'neck\.fusion_stage\.layers\.(\d)\.projection\.', r'fusion.\1.project.'),
    (r'head\.conv(\d)\.', r'tail\1.'),
]


class NotDepthAnythingError(ThermalDepthError, ValueError):
    """A checkpoint of another family, or of a size that cannot be recognised."""


@dataclasses.dataclass(frozen=True)
class DepthAnything:
    """A recognised checkpoint."""

    size: str  # 'small', 'base', 'large' or 'giant'; otherwise channels and blocks
    architecture: dict[str, Any]  # fields of `DptArchitecture`
    state: State  # under the names of `DptDepthNet`


def recognise(
    state: Mapping[str, torch.Tensor],
    config: Mapping[str, Any] | None = None,
    max_depth_m: float | None = None,
) -> DepthAnything:
    """Recognise a checkpoint from its tensors.

    Args:
        state: Tensors under the names of either layout.
        config: The `config.json` of `transformers`, which knows attention heads and taps.
        max_depth_m: Greatest depth of a metric network; None for a relative one.

    Raises:
        NotDepthAnythingError: Other networks, or a number of channels without an order of heads.
    """
    own = _own_names(state)
    blocks = {int(m[1]) for key in own if (m := re.match(r'backbone\.vit\.blocks\.(\d+)\.', key))}
    try:
        embed_dim, _, patch, _ = own['backbone.vit.patch_embed.proj.weight'].shape
        positions = own['backbone.vit.pos_embed'].shape[1] - 1
        widths = [int(own[f'head.adjust.{index}.weight'].shape[1]) for index in range(4)]
        channels = int(own['head.adjust.0.weight'].shape[0])
    except (KeyError, IndexError, ValueError) as error:
        raise NotDepthAnythingError(f'the checkpoint of Depth Anything lacks {error}') from error
    depth = max(blocks, default=-1) + 1
    size, name, arguments = _backbone(embed_dim, depth, _heads(embed_dim, config or {}))
    side = round(positions**0.5) * patch
    if side != _PUBLISHED_IMAGE:
        arguments['img_size'] = side
    if patch != 14:
        arguments['patch_size'] = patch
    architecture: dict[str, Any] = {
        'backbone': name,
        'backbone_args': arguments,
        'tap_norm': True,
        'taps': list(_taps(depth, config or {})),
        'head': DEPTH_ANYTHING_HEAD,
        'readout': 'ignore',
        'head_channels': channels,
        'head_widths': widths,
        'input_fit': LOWER_BOUND,
        'output': RELATIVE if max_depth_m is None else DEPTH_M,
    }
    if max_depth_m is not None:
        architecture['output_max_depth_m'] = float(max_depth_m)
    return DepthAnything(size, architecture, own)


def _own_names(state: Mapping[str, torch.Tensor]) -> State:
    """Return the tensors under the names of `DptDepthNet`, without the unused first skip unit.

    Raises:
        NotDepthAnythingError: The names are those of neither layout.
    """
    if any(key.startswith('depth_head.') for key in state):
        backbone = naming.with_prefix(state, 'pretrained.')
        head = naming.renamed(naming.with_prefix(state, 'depth_head.'), _ORIGINAL)
        head = naming.renamed(head, _OF_UNITS)
        rest = naming.without(state, 'pretrained.', 'depth_head.')
    elif any(key.startswith('neck.') for key in state) and naming.is_of_transformers(state):
        backbone = naming.vit_from_transformers(state)
        rest = naming.without(state, 'backbone.')
        head = naming.renamed(rest, _TRANSFORMERS)
        rest = {}
    else:
        names = ', '.join(list(state)[:3])
        raise NotDepthAnythingError(
            'not a checkpoint of Depth Anything: it has neither names depth_head.* nor neck.*, '
            f'but {names} ... (--vit takes a vision transformer alone)'
        )
    vit = naming.vit_from_checkpoint(backbone)
    return {
        **{f'backbone.{key}': value for key, value in vit.items()},
        **{f'head.{key}': value for key, value in naming.without(head, 'fusion.0.skip_').items()},
        **rest,
    }


def _heads(embed_dim: int, config: Mapping[str, Any]) -> int:
    """Return the number of attention heads, which the tensors do not show."""
    stated = _section(config).get('num_attention_heads')
    if type(stated) is int and stated > 0 and embed_dim % stated == 0:
        return stated
    if stated is not None or embed_dim % HEAD_CHANNELS:
        of = f'{stated} heads' if stated else f'a multiple of {HEAD_CHANNELS} (per head)'
        raise NotDepthAnythingError(f'{embed_dim} channels are not {of}')
    return embed_dim // HEAD_CHANNELS


def _backbone(embed_dim: int, depth: int, heads: int) -> tuple[str, str, dict[str, Any]]:
    """Return the name of the size, the timm name, and arguments that differ from its own."""
    known = _BACKBONES.get(embed_dim, ('', _BACKBONES[384][1], 0, 0))
    size, name = known[:2]
    arguments: dict[str, Any] = {}
    if (depth, heads) != known[2:]:
        size = f'{embed_dim} channels, {depth} blocks'
        arguments = {'embed_dim': int(embed_dim), 'depth': depth, 'num_heads': heads}
    return size, name, arguments


def _taps(depth: int, config: Mapping[str, Any]) -> Sequence[int]:
    """Return the tapped blocks; `transformers` counts them from 1."""
    stated = _section(config).get('out_indices')
    if isinstance(stated, list) and all(type(index) is int for index in stated):
        return [index - 1 for index in stated]
    if depth == 24:
        return _TAPS_OF_24_BLOCKS
    return [-(-depth * quarter // 4) - 1 for quarter in (1, 2, 3, 4)]


def _section(config: Mapping[str, Any]) -> Mapping[str, Any]:
    section = config.get('backbone_config')
    return section if isinstance(section, Mapping) else {}
