# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Allow list of the arguments that a bundle may pass to the constructors of timm.

timm takes arguments that read files or the network (`checkpoint_path`, `pretrained_cfg` and so on),
and sizes beyond any memory. Arguments that are not listed here are refused. Imports no torch.
"""

from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.networks import checks

_FLAG, _RATE = checks.flag(), checks.number(0.0, 0.99)
_WIDTHS = checks.items(checks.integer(1, 4096), (2, 3, 4, 5))
_DEPTHS = checks.items(checks.integer(1, 64), (2, 3, 4, 5))
_DROPS = (
    'drop_rate',
    'drop_path_rate',
    'pos_drop_rate',
    'patch_drop_rate',
    'proj_drop_rate',
    'attn_drop_rate',
)

VIT_ARGUMENTS: dict[str, checks.Rule] = {
    'img_size': checks.either(checks.integer(4, 2048), checks.items(checks.integer(4, 2048), (2,))),
    'patch_size': checks.integer(4, 64),
    'embed_dim': checks.integer(1, 4096),
    'depth': checks.integer(1, 64),
    'num_heads': checks.integer(1, 64),
    'mlp_ratio': checks.number(0.1, 16.0),
    'init_values': checks.number(0.0, 10.0),
    'reg_tokens': checks.integer(0, 64),
    'num_reg_tokens': checks.integer(0, 64),
    'pos_embed': checks.one_of(('learn', 'none')),
    **dict.fromkeys(_DROPS, _RATE),
    **dict.fromkeys(
        (
            'qkv_bias',
            'qkv_fused',
            'qk_norm',
            'proj_bias',
            'scale_attn_norm',
            'scale_mlp_norm',
            'class_token',
            'no_embed_class',
            'pre_norm',
            'final_norm',
            'swiglu_mlp',
            'scale_mlp',
            'use_abs_pos_emb',
            'use_rot_pos_emb',
            'scale_attn_inner',
            'use_post_norm',
        ),
        _FLAG,
    ),
}
STEM_ARGUMENTS: dict[str, checks.Rule] = {
    'channels': _WIDTHS,
    'dims': _WIDTHS,
    'layers': _DEPTHS,
    'depths': _DEPTHS,
    'stem_width': checks.integer(1, 512),
    'stem_type': checks.one_of(('deep', 'deep_tiered', 'patch', 'overlap', 'overlap_tiered')),
    'output_stride': checks.Rule(lambda v: type(v) is int and v in (8, 16, 32), '8, 16 or 32'),
    'cardinality': checks.integer(1, 64),
    'base_width': checks.integer(1, 512),
    'block_reduce_first': checks.integer(1, 8),
    'down_kernel_size': checks.Rule(lambda v: type(v) is int and v in (1, 3), '1 or 3'),
    'channel_multiplier': checks.number(0.1, 8.0),
    'depth_multiplier': checks.number(0.1, 8.0),
    'drop_rate': _RATE,
    'drop_path_rate': _RATE,
    **dict.fromkeys(('avg_down', 'replace_stem_pool', 'zero_init_last'), _FLAG),
}


def argument_problems(
    rules: Mapping[str, checks.Rule], arguments: Mapping[str, Any], where: str
) -> list[str]:
    """Return what is wrong with the names and values of some arguments."""
    return checks.named(rules).problem(where, arguments)
