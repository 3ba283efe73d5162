# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Allow list of the arguments that a bundle may pass to the constructors of timm.

timm takes arguments that read files or the network (`checkpoint_path`, `pretrained_cfg` and so on),
and sizes beyond any memory. Arguments that are not listed here are refused. Imports no torch.
"""

from thermal_depth_ros.base import rules

_FLAG, _RATE = rules.flag(), rules.number(0.0, 0.99)
_WIDTHS = rules.items(rules.integer(1, 4096), (2, 3, 4, 5))
_DEPTHS = rules.items(rules.integer(1, 64), (2, 3, 4, 5))
_DROPS = (
    'drop_rate',
    'drop_path_rate',
    'pos_drop_rate',
    'patch_drop_rate',
    'proj_drop_rate',
    'attn_drop_rate',
)

VIT_ARGUMENTS = rules.named(
    {
        'img_size': rules.either(rules.integer(4, 2048), rules.items(rules.integer(4, 2048), (2,))),
        'patch_size': rules.integer(4, 64),
        'embed_dim': rules.integer(1, 4096),
        'depth': rules.integer(1, 64),
        'num_heads': rules.integer(1, 64),
        'mlp_ratio': rules.number(0.1, 16.0),
        'init_values': rules.number(0.0, 10.0),
        'reg_tokens': rules.integer(0, 64),
        'num_reg_tokens': rules.integer(0, 64),
        'pos_embed': rules.one_of(('learn', 'none')),
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
)
STEM_ARGUMENTS = rules.named(
    {
        'channels': _WIDTHS,
        'dims': _WIDTHS,
        'layers': _DEPTHS,
        'depths': _DEPTHS,
        'stem_width': rules.integer(1, 512),
        'stem_type': rules.one_of(('deep', 'deep_tiered', 'patch', 'overlap', 'overlap_tiered')),
        'output_stride': rules.rule(lambda v: type(v) is int and v in (8, 16, 32), '8, 16 or 32'),
        'cardinality': rules.integer(1, 64),
        'base_width': rules.integer(1, 512),
        'block_reduce_first': rules.integer(1, 8),
        'down_kernel_size': rules.rule(lambda v: type(v) is int and v in (1, 3), '1 or 3'),
        'channel_multiplier': rules.number(0.1, 8.0),
        'depth_multiplier': rules.number(0.1, 8.0),
        'drop_rate': _RATE,
        'drop_path_rate': _RATE,
        **dict.fromkeys(('avg_down', 'replace_stem_pool', 'zero_init_last'), _FLAG),
    }
)
