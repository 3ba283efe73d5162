# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`import-onnx`: describes an ONNX model that others have exported, as a bundle."""

import argparse
import re
from pathlib import Path

from thermal_depth_ros.cli.command_parser import command_parser
from thermal_depth_ros.networks.architecture import MODEL_LOGITS, MODEL_OUTPUTS

IMAGENET = 'imagenet'
DESCRIPTION = """\
Make a model bundle from a depth or segmentation network in an ONNX file, such as Depth Anything,
Metric3D, UniDepth or SegFormer. The nodes, process and evaluate run it like any other, in ONNX
Runtime or OpenVINO; motion needs the pose network of another bundle. The model runs once before
anything is written.
"""
EXAMPLES = """\
meaning of --output:
  inverse_depth  inverse depth up to scale and shift (Depth Anything); fit-scale finds both
  disparity      positive inverse depth up to a factor
  depth_m        depth in metres
  logits         scores of the classes before the softmax; needs --labels

examples:
  thermal-depth import-onnx depth_anything_v2_vits.onnx -o models/rgb_da --kind rgb \\
      --output inverse_depth --input-size 518x392 --normalise imagenet --licence Apache-2.0
  thermal-depth import-onnx segformer.onnx -o models/rgb_classes --kind rgb --output logits \\
      --labels cityscapes --normalise imagenet --licence 'NVIDIA, non-commercial'
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = command_parser('import-onnx', DESCRIPTION, EXAMPLES)
    made.add_argument('file', metavar='FILE', type=Path, help='the ONNX model')
    made.add_argument('-o', '--bundle', type=Path, required=True, help='folder of the new bundle')
    made.add_argument('--kind', choices=('rgb', 'thermal'), required=True, help='camera')
    made.add_argument('--output', choices=MODEL_OUTPUTS, required=True, help='see below')
    made.add_argument('--licence', required=True, help='licence of the model')
    made.add_argument(
        '--input-size',
        type=_size,
        metavar='WIDTHxHEIGHT',
        help='size of what it is fed [what the model fixes]',
    )
    made.add_argument('--input-name', default='', metavar='NAME', help='image input [the only one]')
    made.add_argument('--output-name', default='', metavar='NAME', help='output [the only one]')
    made.add_argument(
        '--channel-order', choices=('rgb', 'bgr'), default='rgb', help='[%(default)s]'
    )
    made.add_argument(
        '--value-range',
        type=float,
        default=1.0,
        metavar='WHITE',
        help='value of white before mean and deviation: 1 or 255 [%(default)g]',
    )
    made.add_argument(
        '--normalise',
        nargs='+',
        default=[],
        metavar='VALUE',
        help=f'{IMAGENET}, or mean and deviation per channel: two or six numbers, in the unit of '
        '--value-range [none: done inside the model]',
    )
    made.add_argument(
        '--labels',
        metavar='FILE',
        help='classes of logits: cityscapes, or a YAML file with a list of name and colour',
    )
    made.add_argument(
        '--pose-from',
        default='',
        metavar='BUNDLE',
        help='thermal bundle whose pose network estimates motion; its preprocessing is used',
    )
    made.add_argument('--overwrite', action='store_true', help='replace an existing bundle')
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command; return 0."""
    made = parser()
    options = made.parse_args(argv)
    try:
        mean, deviation = _statistics(options.normalise, options.value_range)
    except ValueError as error:
        made.error(f'--normalise: {error}')
    from thermal_depth_ros.bundles.labels import CITYSCAPES_19, read_label_set
    from thermal_depth_ros.inference.engines.import_model import ModelImport, import_model

    labels = None
    if options.labels is not None:
        cityscapes = options.labels == 'cityscapes'
        labels = CITYSCAPES_19 if cityscapes else read_label_set(Path(options.labels))
    said = ModelImport(
        options.file,
        options.kind,
        options.output,
        options.licence,
        options.input_size,
        options.input_name,
        options.output_name,
        options.channel_order,
        options.value_range,
        mean,
        deviation,
        labels,
        options.pose_from,
    )
    spec = import_model(said, options.bundle, options.overwrite)
    height, width = spec.input_size
    print(f'{options.bundle}: {spec.kind} bundle, {options.output} of {width}x{height} images')
    if spec.relative:
        print('depth is relative: `thermal-depth fit-scale` finds scale and shift from a recording')
    elif not spec.scale.metric and options.output != MODEL_LOGITS:
        print('scale is unknown: `thermal-depth fit-scale` finds it from a recording')
    return 0


def _statistics(words: list[str], white: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation per channel, in the unit of the range.

    Raises:
        ValueError: They are no such numbers.
    """
    if words == [IMAGENET]:
        from thermal_depth_ros.networks.thermal_input import IMAGENET_DEVIATION, IMAGENET_MEAN

        return (
            tuple(white * value for value in IMAGENET_MEAN),
            tuple(white * value for value in IMAGENET_DEVIATION),
        )
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        raise ValueError(f'{" ".join(words)} are no numbers') from None
    if len(values) not in (0, 2, 6):
        raise ValueError(f'{len(values)} numbers instead of two or six')
    half = len(values) // 2
    return values[:half], values[half:]


def _size(text: str) -> tuple[int, int]:
    """Return height and width of a text such as 640x480."""
    found = re.fullmatch(r'(\d{1,4})x(\d{1,4})', text)
    if found is None:
        raise argparse.ArgumentTypeError(f'{text!r} is not WIDTHxHEIGHT')
    return int(found[2]), int(found[1])
