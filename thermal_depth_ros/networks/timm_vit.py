# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Support for the vision transformers of timm: which are usable, and their properties."""

from typing import Any

from torch import nn

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.unexpected import named
from thermal_depth_ros.networks.timm_arguments import VIT_ARGUMENTS


class BackboneError(ThermalDepthError, ValueError):
    """The named backbone does not exist or cannot be used here."""


def create_vit(name: str, timm_args: dict[str, Any]) -> Any:
    """Build the timm model without weights and without touching the network."""
    import timm  # a second of import time that the RGB camera does not need

    if not timm.is_model(name):
        from difflib import get_close_matches

        close = get_close_matches(name.split('.')[0], timm.list_models('*vit*'), n=5, cutoff=0.5)
        hint = f'; close names: {", ".join(close)}' if close else ''
        raise BackboneError(f'backbone {name!r} is not a timm model{hint}')
    if problems := VIT_ARGUMENTS.problem(f'arguments of backbone {name!r}', timm_args):
        raise BackboneError('; '.join(problems))
    fixed = {'pretrained': False, 'num_classes': 0, 'global_pool': '', 'dynamic_img_size': True}
    try:
        model: Any = timm.create_model(name, **{**timm_args, **fixed})
    except Exception as error:  # constructors of timm raise various types on bad arguments
        raise BackboneError(
            f'backbone {name!r} cannot be built as a vision transformer with {timm_args}: '
            f'{named(error)}'
        ) from error
    if not _is_plain(model):
        raise BackboneError(
            f'backbone {name!r} is a {type(model).__name__}, not a plain vision transformer'
        )
    if min(model.patch_embed.grid_size) < 1:
        raise BackboneError(f'backbone {name!r}: img_size is smaller than a patch in {timm_args}')
    return model


def _is_plain(model: nn.Module) -> bool:
    """Whether the model is one of the timm classes whose forward pass is known here."""
    from timm.models.eva import Eva
    from timm.models.vision_transformer import VisionTransformer

    return type(model) in (Eva, VisionTransformer)


def is_rotary(model: nn.Module) -> bool:
    """Whether the positions are added inside the attention (timm's Eva family, DINOv3)."""
    return getattr(model, 'rope', None) is not None


def registers_of(model: Any) -> int:
    """Return the number of register tokens."""
    return 0 if model.reg_token is None else model.reg_token.shape[1]
