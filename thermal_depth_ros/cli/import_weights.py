# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`import-weights`: convert third-party weights into a model bundle."""

import argparse
import dataclasses
from pathlib import Path

from thermal_depth_ros.bundles.sections import DTYPES

DESCRIPTION = """\
Make a model bundle from weights published by other projects. Files are read with
weights_only=True or as safetensors; nothing is downloaded. Parts that are not imported get random
weights, and the bundle lists them as untrained.
"""
EXAMPLES = """\
examples:
  thermal-depth import-weights -o models/thermal_dinov2 --vit dinov2_vitb14_pretrain.pth \\
      --licence Apache-2.0
  thermal-depth import-weights -o models/rgb_kitti --monodepth2 mono_640x192 \\
      --licence 'Monodepth2, non-commercial'
  thermal-depth import-weights -o models/rgb_anything --depth-anything depth_anything_v2_vits.pth \\
      --kind rgb --licence Apache-2.0
"""


_OTHERS = (  # do not go with --depth-anything
    'vit',
    'dpt_head',
    'pose_resnet',
    'monodepth2',
    'resnet18',
    'encoder',
    'encoder_name',
    'like',
    'depth_only',
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth import-weights',
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        '-o', '--output', type=Path, required=True, help='output folder of the new bundle'
    )
    made.add_argument(
        '--like',
        metavar='BUNDLE',
        help='bundle that provides kind, architecture, input size, preprocessing and '
        'labels (default: the RGB networks of DepthSegNet24 with --monodepth2, '
        'otherwise the thermal networks of Fan et al. 2024)',
    )
    made.add_argument('--licence', required=True, help='licence of the imported weights')
    _add_depth_anything(made)
    _add_parts(made)
    _add_encoders(made)
    made.add_argument(
        '--dtype', choices=DTYPES, default='fp32', help='data type of the stored weights'
    )
    made.add_argument(
        '--seed', type=int, default=1, help='random seed of all parts that are not imported'
    )
    made.add_argument('--overwrite', action='store_true', help='replace an existing bundle')
    return made


def _add_parts(made: argparse.ArgumentParser) -> None:
    thermal = made.add_argument_group('thermal bundles')
    thermal.add_argument(
        '--vit',
        type=Path,
        metavar='FILE',
        help='DINOv2 weights, with or without registers: the original .pth, or a file of timm or '
        'transformers, or a folder of transformers',
    )
    thermal.add_argument(
        '--backbone',
        metavar='NAME',
        help='timm name of the vision transformer in --vit or --depth-anything',
    )
    thermal.add_argument(
        '--dpt-head',
        type=Path,
        metavar='FILE',
        help='depth head with the parameter names of DINOv2',
    )
    thermal.add_argument(
        '--pose-resnet', type=Path, metavar='FILE', help='PoseResNet of SC-SfMLearner'
    )
    rgb = made.add_argument_group('RGB bundles')
    rgb.add_argument(
        '--monodepth2',
        type=Path,
        metavar='FOLDER',
        help='checkpoint folder with encoder.pth, depth.pth and, optionally, the two pose files',
    )
    rgb.add_argument(
        '--depth-only',
        action='store_true',
        help='omit light enhancement and semantics: the network of Monodepth2, usable as '
        'a daytime depth teacher',
    )


def _add_encoders(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        '--resnet18',
        type=Path,
        metavar='FILE',
        help='ImageNet weights of torchvision or timm for encoders that are not imported otherwise',
    )
    made.add_argument(
        '--encoder',
        type=Path,
        metavar='FILE',
        help='ImageNet weights of a convolutional network of timm, for the encoders of an RGB '
        'bundle or the stem of a thermal one: a file, or efficientnet-lite0 to -lite2 for an '
        'installed package',
    )
    made.add_argument(
        '--encoder-name',
        metavar='NAME',
        help='timm name of the network in --encoder (default: as in --like)',
    )


def _add_depth_anything(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group('depth networks of either camera')
    group.add_argument(
        '--depth-anything',
        type=Path,
        metavar='FILE_OR_FOLDER',
        help='Depth Anything V2: the original .pth, or a folder of transformers; its size is '
        'recognised. Published weights: Small is Apache-2.0, Base and Large CC-BY-NC-4.0',
    )
    group.add_argument('--kind', choices=('rgb', 'thermal'), help='camera of --depth-anything')
    group.add_argument(
        '--metric-max-depth',
        type=float,
        metavar='METRES',
        help='greatest depth of metric weights: 80 outdoors (vkitti), 20 indoors (hypersim); '
        'without it the network gives inverse depth up to scale and shift',
    )
    group.add_argument(
        '--input-side',
        type=int,
        metavar='PIXELS',
        help='shorter side of the image that the network is fed (default: 518, as published); '
        'smaller is faster',
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command; return 0."""
    made = parser()
    arguments = made.parse_args(argv)
    if arguments.depth_anything is not None:
        return _import_depth_anything(made, arguments)
    for name in ('kind', 'metric_max_depth', 'input_side'):
        if getattr(arguments, name) is not None:
            made.error(f'--{name.replace("_", "-")} is for --depth-anything')
    from thermal_depth_ros.bundles.importing import Sources, import_bundle, import_template

    names = (field.name for field in dataclasses.fields(Sources))
    sources = Sources(**{name: getattr(arguments, name) for name in names})
    template = import_template(
        arguments.like,
        sources,
        backbone=arguments.backbone,
        depth_only=arguments.depth_only,
        encoder_name=arguments.encoder_name,
    )
    spec = import_bundle(
        arguments.output,
        template,
        sources,
        arguments.licence,
        arguments.seed,
        arguments.dtype,
        arguments.overwrite,
    )
    print(f'{arguments.output}: {spec.kind} bundle, weights as {arguments.dtype}')
    if spec.trained:
        print('every part is imported')
    else:
        print(f'UNTRAINED, random weights: {", ".join(spec.untrained_parts)}')
    return 0


def _import_depth_anything(made: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    """Run the import of Depth Anything; return 0."""
    from thermal_depth_ros.bundles.import_depth_anything import (
        INPUT_SIDE,
        DepthAnythingImport,
        import_depth_anything,
    )

    if arguments.kind is None:
        made.error('--depth-anything needs --kind rgb or --kind thermal')
    for name in _OTHERS:
        if getattr(arguments, name):
            made.error(f'--{name.replace("_", "-")} does not go with --depth-anything')
    said = DepthAnythingImport(
        arguments.depth_anything,
        arguments.kind,
        arguments.licence,
        arguments.metric_max_depth,
        arguments.backbone or '',
        arguments.input_side or INPUT_SIDE,
    )
    spec, note = import_depth_anything(arguments.output, said, arguments.dtype, arguments.overwrite)
    print(f'{arguments.output}: {spec.kind} bundle, weights as {arguments.dtype}')
    print(f'{note}; recorded licence: {spec.licence}')
    if spec.relative:
        print('depth is relative: `thermal-depth fit-scale` finds scale and shift from a recording')
    return 0
