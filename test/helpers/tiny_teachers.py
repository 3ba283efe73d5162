# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of models of transformers with random weights, of every family that may teach."""

import json
from pathlib import Path

import torch

from thermal_depth_ros.bundles import CITYSCAPES_19
from thermal_depth_ros.networks.mask_classifiers import MASK_CLASSIFIERS, mask_classifier_class

# In another order than ours, so that ids and names are told apart.
NAMES = tuple(reversed(CITYSCAPES_19.names))
_IDS = {'id2label': dict(enumerate(NAMES)), 'label2id': {n: i for i, n in enumerate(NAMES)}}
_PIXEL_CLASSIFIERS = ('segformer', 'upernet', 'beit', 'dpt')
SEMANTIC_FAMILIES = (*_PIXEL_CLASSIFIERS, *MASK_CLASSIFIERS)
_SEEDS = {'depth_anything': 6}  # whose last layer is positive somewhere
DEPTH_FAMILIES = (
    'depth_anything',
    'depth_anything_metric',
    'dpt',
    'glpn',
    'zoedepth',
    'depth_pro',
)


def save_semantic(folder: Path, family: str) -> Path:
    """Save a segmentation model of a family, with its image processor."""
    torch.manual_seed(3)
    model, processor = _SEMANTIC[family]()
    return _save(folder, model, processor)


def save_depth(folder: Path, family: str) -> Path:
    """Save a depth model of a family, with its image processor."""
    torch.manual_seed(_SEEDS.get(family, 5))
    model, processor = _DEPTH[family]()
    return _save(folder, model, processor)


def _save(folder, model, *parts):
    _enlarge(model)
    for one in (model, *parts):
        one.save_pretrained(folder)
    if model.config.model_type == 'oneformer':
        _save_tokenizer(folder)
    return folder


def edit_json(path: Path, **changes: object) -> None:
    """Change some values of a JSON file."""
    values = json.loads(path.read_text())
    values.update(changes)
    path.write_text(json.dumps(values))


def _enlarge(model):
    """Give the weights a size by which outputs vary; those of an untrained model hardly do."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(std=(2.0 / weight[0].numel()) ** 0.5)


def _save_tokenizer(folder):
    """Save a tokenizer of bytes, as that of CLIP: one token for each character."""
    letters = [chr(code) for code in range(33, 127)]
    entries = [*letters, *(f'{letter}</w>' for letter in letters)]
    vocabulary = {name: place for place, name in enumerate(entries)}
    for special in ('<|startoftext|>', '<|endoftext|>'):
        vocabulary[special] = len(vocabulary)
    (folder / 'vocab.json').write_text(json.dumps(vocabulary))
    (folder / 'merges.txt').write_text('#version: 0.2\n')
    settings = {'tokenizer_class': 'CLIPTokenizer', 'model_max_length': 77}
    (folder / 'tokenizer_config.json').write_text(json.dumps(settings))


def _swin(**options):
    from transformers import SwinConfig

    return SwinConfig(
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 1, 1],
        window_size=4,
        image_size=64,
        out_features=['stage1', 'stage2', 'stage3', 'stage4'],
        **options,
    )


def _dinov2(**options):
    from transformers import Dinov2Config

    return Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=56,
        patch_size=14,
        apply_layernorm=True,
        **options,
    )


def _segformer():
    from transformers import (
        SegformerConfig,
        SegformerForSemanticSegmentation,
        SegformerImageProcessor,
    )

    config = SegformerConfig(
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=16,
        **_IDS,
    )
    processor = SegformerImageProcessor(size={'height': 64, 'width': 96})
    return SegformerForSemanticSegmentation(config), processor


def _upernet():
    from transformers import (
        SegformerImageProcessor,
        UperNetConfig,
        UperNetForSemanticSegmentation,
    )

    config = UperNetConfig(
        backbone_config=_swin(),
        hidden_size=16,
        pool_scales=[1, 2],
        use_auxiliary_head=True,
        auxiliary_in_channels=32,
        auxiliary_channels=8,
        **_IDS,
    )
    processor = SegformerImageProcessor(size={'height': 64, 'width': 64})
    return UperNetForSemanticSegmentation(config), processor


def _beit():
    from transformers import BeitConfig, BeitForSemanticSegmentation, BeitImageProcessor

    config = BeitConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=64,
        patch_size=16,
        use_relative_position_bias=True,
        out_indices=[1, 2, 3, 4],
        pool_scales=[1, 2],
        auxiliary_channels=8,
        **_IDS,
    )
    processor = BeitImageProcessor(
        size={'height': 64, 'width': 64}, crop_size={'height': 48, 'width': 48}, do_center_crop=True
    )
    return BeitForSemanticSegmentation(config), processor


def _dpt_config(**options):
    from transformers import DPTConfig

    return DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=64,
        patch_size=16,
        is_hybrid=False,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=16,
        **options,
    )


def _dpt_processor():
    from transformers import DPTImageProcessor

    return DPTImageProcessor(size={'height': 64, 'width': 64}, image_mean=[0.5] * 3)


def _dpt_semantic():
    from transformers import DPTForSemanticSegmentation

    return DPTForSemanticSegmentation(_dpt_config(**_IDS)), _dpt_processor()


def _mask2former():
    from transformers import Mask2FormerConfig, Mask2FormerImageProcessor

    config = Mask2FormerConfig(
        backbone_config=_swin(),
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=2,
        num_queries=6,
        **_IDS,
    )
    model = mask_classifier_class('mask2former')(config)
    return model, Mask2FormerImageProcessor(size={'height': 64, 'width': 96})


def _maskformer():
    from transformers import DetrConfig, MaskFormerConfig, MaskFormerImageProcessor

    decoder = DetrConfig(
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=6,
    )
    config = MaskFormerConfig(
        backbone_config=_swin(), decoder_config=decoder, fpn_feature_size=32, mask_feature_size=32
    )
    config.id2label, config.label2id = _IDS['id2label'], _IDS['label2id']
    model = mask_classifier_class('maskformer')(config)
    return model, MaskFormerImageProcessor(size={'height': 64, 'width': 96})


def _oneformer():
    from transformers import OneFormerConfig, OneFormerImageProcessor

    config = OneFormerConfig(
        backbone_config=_swin(),
        hidden_dim=32,
        mask_dim=32,
        conv_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        encoder_layers=1,
        decoder_layers=2,
        query_dec_layers=1,
        num_attention_heads=2,
        num_queries=6,
        text_encoder_width=16,
        text_encoder_num_layers=1,
        text_encoder_vocab_size=600,
        **_IDS,
    )
    model = mask_classifier_class('oneformer')(config)
    return model, OneFormerImageProcessor(size={'height': 64, 'width': 96})


def _depth_anything(**options):
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, DPTImageProcessor

    config = DepthAnythingConfig(
        backbone_config=_dinov2(out_indices=[1, 2, 3, 4], reshape_hidden_states=False),
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=16,
        head_hidden_size=8,
        **options,
    )
    processor = DPTImageProcessor(
        size={'height': 56, 'width': 56}, keep_aspect_ratio=True, ensure_multiple_of=14
    )
    return DepthAnythingForDepthEstimation(config), processor


def _depth_anything_metric():
    return _depth_anything(depth_estimation_type='metric', max_depth=80)


def _dpt_depth():
    from transformers import DPTForDepthEstimation

    return DPTForDepthEstimation(_dpt_config()), _dpt_processor()


def _glpn():
    from transformers import GLPNConfig, GLPNForDepthEstimation, GLPNImageProcessor

    config = GLPNConfig(
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=8,
        max_depth=10,
    )
    return GLPNForDepthEstimation(config), GLPNImageProcessor(size_divisor=32)


def _zoedepth():
    from transformers import (
        BeitConfig,
        ZoeDepthConfig,
        ZoeDepthForDepthEstimation,
        ZoeDepthImageProcessor,
    )

    backbone = BeitConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=64,
        patch_size=16,
        use_relative_position_bias=True,
        reshape_hidden_states=False,
        out_indices=[1, 2, 3, 4],
    )
    config = ZoeDepthConfig(
        backbone_config=backbone,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=16,
        bottleneck_features=16,
        bin_embedding_dim=8,
        num_relative_features=8,
        num_attractors=[2, 2, 2, 1],
        bin_configurations=[{'n_bins': 8, 'min_depth': 0.001, 'max_depth': 10.0}],
    )
    processor = ZoeDepthImageProcessor(size={'height': 64, 'width': 64}, ensure_multiple_of=32)
    return ZoeDepthForDepthEstimation(config), processor


def _depth_pro():
    from transformers import DepthProConfig, DepthProForDepthEstimation, DepthProImageProcessor

    def encoder():
        return _small_vit().to_dict()

    config = DepthProConfig(
        patch_size=32,
        fusion_hidden_size=8,
        intermediate_hook_ids=[1, 0],
        intermediate_feature_dims=[8, 8],
        scaled_images_ratios=[0.5, 1.0],
        scaled_images_overlap_ratios=[0.0, 0.2],
        scaled_images_feature_dims=[8, 8],
        use_fov_model=True,
        num_fov_head_layers=0,
        image_model_config=encoder(),
        patch_model_config=encoder(),
        fov_model_config=encoder(),
    )
    processor = DepthProImageProcessor(size={'height': 64, 'width': 64})
    return DepthProForDepthEstimation(config), processor


def _small_vit():
    from transformers import Dinov2Config

    return Dinov2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=8,
    )


_SEMANTIC = {
    'segformer': _segformer,
    'upernet': _upernet,
    'beit': _beit,
    'dpt': _dpt_semantic,
    'mask2former': _mask2former,
    'maskformer': _maskformer,
    'oneformer': _oneformer,
}
_DEPTH = {
    'depth_anything': _depth_anything,
    'depth_anything_metric': _depth_anything_metric,
    'dpt': _dpt_depth,
    'glpn': _glpn,
    'zoedepth': _zoedepth,
    'depth_pro': _depth_pro,
}
