# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`label`: classes and depth by teachers, for every image of recordings."""

import argparse

from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.training.labelling.config import CorruptionConfig, LabelConfig


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth label',
        allow_abbrev=False,
        usage='%(prog)s --bags BAG [BAG ...] [--teacher SOURCE] [--depth-teacher SOURCE] [options]',
        description='Run teacher networks over the images of recordings and store their labels '
        'with the cached images, where `thermal-depth train --task rgb` finds them. '
        'Running the command again labels only images that have no labels yet. `--export` writes '
        'finished labels for `thermal-depth evaluate --predictions`.',
        epilog='Exit code: 0 if every image was processed, 1 on an error, 130 if '
        'interrupted. To share the images between processes: torchrun --standalone '
        '--nproc-per-node N -m thermal_depth_ros.cli.main label ...',
    )
    add_options(made, LabelConfig)
    add_options(made.add_argument_group('images, as for training'), ImagesConfig)
    add_options(
        made.add_argument_group('label corruption (teacher truth)'),
        CorruptionConfig,
        prefix='corruption',
    )
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    made = parser()
    options = made.parse_args(argv)
    if not options.teacher and not options.depth_teacher:
        made.error('nothing to do: give --teacher, --depth-teacher or both')
    stop = StopRequest()
    stop.install()
    config, images = chosen(options, LabelConfig), chosen(options, ImagesConfig)
    corruption = chosen(options, CorruptionConfig, 'corruption')
    with stop.interrupting():
        from thermal_depth_ros.training.labelling.label import label_recordings
    label_recordings(config, images, corruption, stop)
    return 0
