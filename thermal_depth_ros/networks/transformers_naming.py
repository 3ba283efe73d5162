# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Vision transformers as Hugging Face's `transformers` stores them, under timm's names.

DINOv2 with and without registers, and plain ViT: query, key and value are layers of their own there
and one layer here.
"""

import re
from collections.abc import Mapping

import torch

from thermal_depth_ros.networks.naming import State, renamed

_MARK = 'embeddings.patch_embeddings.projection.weight'
_PARTS = ('query', 'key', 'value')
_QUERY = re.compile(r'encoder\.layer\.(\d+)\.attention\.attention\.query\.(weight|bias)')
_LAYER = r'encoder\.layer\.(\d+)\.'
_RENAMES = [
    (r'embeddings\.patch_embeddings\.projection\.', 'patch_embed.proj.'),
    (r'embeddings\.position_embeddings$', 'pos_embed'),
    (r'embeddings\.(cls_token|mask_token|register_tokens)$', r'\1'),
    (_LAYER + r'attention\.output\.dense\.', r'blocks.\1.attn.proj.'),
    (_LAYER + r'layer_scale(\d)\.lambda1$', r'blocks.\1.ls\2.gamma'),
    (_LAYER + r'mlp\.weights_in\.', r'blocks.\1.mlp.w12.'),
    (_LAYER + r'mlp\.weights_out\.', r'blocks.\1.mlp.w3.'),
    (_LAYER + r'layernorm_before\.', r'blocks.\1.norm1.'),
    (_LAYER + r'layernorm_after\.', r'blocks.\1.norm2.'),
    (_LAYER + r'intermediate\.dense\.', r'blocks.\1.mlp.fc1.'),
    (_LAYER + r'output\.dense\.', r'blocks.\1.mlp.fc2.'),
    (_LAYER, r'blocks.\1.'),
    (r'layernorm\.', 'norm.'),
]


def is_of_transformers(state: Mapping[str, torch.Tensor]) -> bool:
    """Whether names are those of a vision transformer of `transformers`."""
    return any(name.endswith(_MARK) for name in state)


def vit_from_transformers(state: Mapping[str, torch.Tensor]) -> State:
    """Return the tensors under the names of DINOv2's own files; heads are left out."""
    prefix = next(name for name in state if name.endswith(_MARK)).removesuffix(_MARK)
    own = {
        name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)
    }
    own = {name: value for name, value in own.items() if _is_of_the_backbone(name)}
    for query in [name for name in own if _QUERY.fullmatch(name)]:
        names = [query.replace('.query.', f'.{part}.') for part in _PARTS]
        match = _QUERY.fullmatch(query)
        if match and all(name in own for name in names):
            index, kind = match.groups()
            own[f'blocks.{index}.attn.qkv.{kind}'] = torch.cat([own.pop(name) for name in names])
    return renamed(own, _RENAMES)


def _is_of_the_backbone(name: str) -> bool:
    return name.startswith(('embeddings.', 'encoder.', 'layernorm.'))
