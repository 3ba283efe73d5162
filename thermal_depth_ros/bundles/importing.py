# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Import weights published by other projects into a bundle."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from thermal_depth_ros.base import settings
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.bundles.sections import Scale, SeedWeights
from thermal_depth_ros.bundles.spec import BundleSpec, read_spec
from thermal_depth_ros.bundles.store import save_bundle
from thermal_depth_ros.networks import weights
from thermal_depth_ros.networks.architecture import RgbArchitecture, ThermalArchitecture
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.encoder_weights import (
    find_weights,
    import_encoder,
    import_stem,
    of_same_network,
)
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.light import LightNet
from thermal_depth_ros.networks.weight_files import WeightsError

# Entries of an architecture that do not apply to another backbone.
_OF_BACKBONE = frozenset(
    (
        'stem',
        'stem_args',
        'stem_mean',
        'stem_deviation',
        'taps',
        'backbone_args',
        'position_offset',
        'position_antialias',
    )
)
_UNKNOWN_SCALE = Scale(False, 1.0, 'none: the imported weights say nothing about metres')


@dataclasses.dataclass(frozen=True)
class Sources:
    """Weight files to import; parts without a file are initialised from the seed."""

    vit: Path | None = None  # DINOv2 .pth or a timm file, for the thermal backbone
    dpt_head: Path | None = None  # with DINOv2's names
    pose_resnet: Path | None = None  # SC-SfMLearner's or ThermalMonoDepth's
    monodepth2: Path | None = None  # checkpoint folder: encoder, depth, and the pose files
    resnet18: Path | None = None  # ImageNet encoder, for encoders without another source
    encoder: Path | None = None  # timm encoder or stem: a file, or the name of a package of weights

    def given(self) -> dict[str, Path]:
        """Return the sources that are set, by name."""
        return {name: path for name, path in vars(self).items() if path is not None}


def paper_template(kind: str = 'thermal') -> BundleSpec:
    """Return the spec of the published networks: Fan et al. 2024, or DepthSegNet24 for rgb."""
    if kind == 'rgb':
        return BundleSpec(
            kind='rgb',
            architecture=settings.as_plain(RgbArchitecture()),
            input_size=(320, 576),
            preprocessing={'mode': 'unit'},
            labels=CITYSCAPES_19,
            scale=_UNKNOWN_SCALE,
            weights=SeedWeights(True, 1),
            licence='Apache-2.0',
        )
    return BundleSpec(
        kind='thermal',
        architecture=settings.as_plain(ThermalArchitecture()),
        input_size=(256, 320),
        preprocessing={'mode': 'percentile'},
        scale=_UNKNOWN_SCALE,
        weights=SeedWeights(True, 1),
        licence='Apache-2.0',
    )


def import_template(
    like: str | None,
    sources: Sources,
    *,
    backbone: str | None,
    depth_only: bool,
    encoder_name: str | None = None,
) -> BundleSpec:
    """Return the spec that an imported bundle starts from.

    Args:
        like: Bundle to take over; None for the published networks.
        sources: Files to import.
        backbone: timm name of another vision transformer.
        depth_only: Leave out light enhancement and semantics, which Monodepth2 does not have.
        encoder_name: timm name of the encoders of an RGB bundle, or of the stem of a thermal one.

    Raises:
        BundleError: There is no such bundle, or `depth_only` is given for another kind than rgb.
    """
    if like:
        template = read_spec(find_bundle(like))
    else:
        template = paper_template('rgb' if sources.monodepth2 or sources.encoder else 'thermal')
    if backbone:
        kept = {key: v for key, v in template.architecture.items() if key not in _OF_BACKBONE}
        template = dataclasses.replace(template, architecture={**kept, 'backbone': backbone})
    if encoder_name:
        names = ('stem',) if template.kind == 'thermal' else ('encoder', 'pose_encoder')
        architecture = {**template.architecture, **dict.fromkeys(names, encoder_name)}
        template = dataclasses.replace(template, architecture=architecture)
    if depth_only:
        if template.kind != 'rgb':
            reason = f'is for RGB bundles, not for a {template.kind} one'
            raise BundleError('--depth-only', [reason])
        architecture = {**template.architecture, 'n_classes': 0, 'light_width': 0}
        template = dataclasses.replace(template, architecture=architecture, labels=None)
    return template


SOURCES_OF_KIND = {
    'thermal': ('vit', 'dpt_head', 'pose_resnet', 'resnet18', 'encoder'),
    'rgb': ('monodepth2', 'resnet18', 'encoder'),
    'translation': (),
}


def import_bundle(
    output: Path,
    template: BundleSpec,
    sources: Sources,
    licence: str,
    seed: int = 1,
    dtype: str = 'fp32',
    overwrite: bool = False,
) -> BundleSpec:
    """Write a bundle with imported weights; other parts are random and listed as untrained.

    A depth network imported without light enhancement gets one that changes nothing (its last
    layer is zero), because a random one would spoil the image.

    Args:
        output: Folder to make.
        template: Kind, architecture, input size, preprocessing and labels to take over.
        sources: Files to import.
        licence: Licence of the imported weights.
        seed: Random seed of everything that is not imported.
        dtype: Storage type of the weights.
        overwrite: Replace an existing bundle.

    Returns:
        The spec as written; its `untrained_parts` are those not imported.

    Raises:
        BundleError: Nothing to import, a source of the other kind, an unknown backbone, or the
            folder is in the way.
        WeightsError: A file cannot be read or does not fit.
    """
    given = sources.given()
    wrong = [name for name in given if name not in SOURCES_OF_KIND[template.kind]]
    if wrong or not given:
        allowed = ', '.join(SOURCES_OF_KIND[template.kind]) or 'none'
        reason = f'{", ".join(wrong)} does not fit' if wrong else 'nothing to import'
        raise BundleError(output, [f'{reason}; a {template.kind} bundle takes {allowed}'])
    try:
        networks = build_networks(template.kind, template.architecture, seed)
    except ValueError as error:
        raise BundleError(output, [str(error)]) from error
    load = _import_thermal if template.kind == 'thermal' else _import_rgb
    imported = dict(load(networks, sources))
    untrained = tuple(part for part in _parts(networks) if part not in imported)
    spec = dataclasses.replace(
        template,
        description=f'Weights imported from {", ".join(path.name for path in given.values())}.',
        scale=_UNKNOWN_SCALE,
        weights=SeedWeights(True, seed),
        licence=licence,
        intrinsics=None,
        training={'imported': {part: path.name for part, path in imported.items()}},
    )
    return save_bundle(output, spec, networks, dtype, overwrite, untrained)


def _parts(networks: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the parts that are imported or initialised as a whole."""
    for name, network in networks.items():
        for part, module in network.named_children():
            if module.state_dict():  # what is left out has none
                yield f'{name}.{part}'


def _import_thermal(networks: Mapping[str, Any], sources: Sources) -> Iterator[tuple[str, Path]]:
    """Import into the networks of Fan et al. 2024; yield each part and its source."""
    depth, pose = networks['depth'], networks['pose']
    if sources.encoder:
        if not isinstance(depth.backbone, HybridBackbone):
            raise WeightsError(f'{sources.encoder}: the architecture has no stem to load it into')
        import_stem(depth.backbone, find_weights(str(sources.encoder)))
        yield 'depth.backbone.stem', sources.encoder  # the rest of the backbone stays untrained
    if sources.vit:
        weights.import_vit(depth.backbone, sources.vit)
        yield 'depth.backbone', sources.vit
    if sources.dpt_head:
        weights.import_dpt_head(depth.head, sources.dpt_head)
        yield 'depth.head', sources.dpt_head
    if sources.pose_resnet:
        weights.import_pose_resnet(pose, sources.pose_resnet)
        yield 'pose.encoder', sources.pose_resnet
        yield 'pose.decoder', sources.pose_resnet
    elif sources.resnet18:
        weights.import_resnet(pose.encoder, sources.resnet18, images=2)
        yield 'pose.encoder', sources.resnet18


def _import_rgb(networks: Mapping[str, Any], sources: Sources) -> Iterator[tuple[str, Path]]:
    """Import into the networks of DepthSegNet24; yield each part and its source."""
    network, pose = networks['depthseg'], networks['pose']
    imported: dict[str, Path] = {}
    if sources.monodepth2:
        for part in weights.import_monodepth2(sources.monodepth2, network, pose):
            imported[part] = sources.monodepth2
        if isinstance(network.light, LightNet):
            for parameter in network.light.last.parameters():
                nn.init.zeros_(parameter)
    if sources.encoder:
        source = find_weights(str(sources.encoder))
        import_encoder(network.encoder, source)
        imported['depthseg.encoder'] = sources.encoder
        if of_same_network(network.encoder, pose.encoder):
            import_encoder(pose.encoder, source, images=2)
            imported['pose.encoder'] = sources.encoder
    if sources.resnet18:
        if 'depthseg.encoder' not in imported:
            weights.import_resnet(network.encoder, sources.resnet18)
            imported['depthseg.encoder'] = sources.resnet18
        if 'pose.encoder' not in imported:
            weights.import_resnet(pose.encoder, sources.resnet18, images=2)
            imported['pose.encoder'] = sources.resnet18
    yield from imported.items()
