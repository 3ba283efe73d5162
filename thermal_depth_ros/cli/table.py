# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`table`: the tables of the papers, with rows measured here."""

import argparse
import functools
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.evaluate import frame_slice, joined, tolerance
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.tables.published import table_names


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth table',
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Print a table of the papers, with rows for bundles, other models or '
        'predictions measured by its protocol.\nWithout rows to measure, the published table is '
        'printed.\n'
        '\n'
        'examples:\n'
        '  thermal-depth table fan-i\n'
        '  thermal-depth table fan-i --data ViViD_prepared --bundle thermal_default -o out/table\n'
        '  thermal-depth table dsn-2 --data day-clear=nuscenes/day --data night=nuscenes/night '
        '--bundle rgb_default\n'
        '  thermal-depth table fan-ii --data zero_shot --model models/dpt-large '
        '--predictions mine=out/depth',
        epilog='Exit code: 0 when every measured figure is complete, 1 otherwise and on errors, '
        '130 when interrupted.',
    )
    made.add_argument(
        'table', choices=table_names(), help='table of Fan et al. 2024 (fan) or DepthSegNet24 (dsn)'
    )
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        metavar='FOLDER',
        help='folder for the table as Markdown, LaTeX, HTML and JSON',
    )
    _add_rows(made)
    _add_data(made)
    return made


def _add_rows(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group('rows to measure', 'Each option may be repeated.')
    group.add_argument(
        '--bundle', action='append', default=[], metavar='NAME', help='bundle, name or path'
    )
    group.add_argument(
        '--model',
        action='append',
        default=[],
        metavar='FOLDER',
        help='folder of a model of transformers for depth or semantic segmentation, as for '
        '`thermal-depth label`; NAME=FOLDER names the row',
    )
    group.add_argument(
        '--predictions',
        action='append',
        default=[],
        metavar='NAME=FOLDER',
        help='predictions for each recording in FOLDER/CONDITION/RECORDING or FOLDER/RECORDING: '
        'outputs of `process`, or files of depth (.npy in m, 16-bit .png with 256 per m) '
        'and classes (.png of ids), named by stamp or one for each frame in order',
    )
    group.add_argument(
        '--as-predicted',
        action='store_true',
        help='add a row for each measured one with its depth as it is, not scaled by medians',
    )
    group.add_argument('--device', default='auto', help='compute device [%(default)s]')
    group.add_argument(
        '--threads', type=int, default=0, help='CPU threads; 0 leaves the choice to PyTorch [0]'
    )


def _add_data(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group('data')
    group.add_argument(
        '--data',
        action='append',
        default=[],
        metavar='FOLDER',
        help='folder of recordings with ground truth: with a folder for each condition of the '
        'table, or a conditions.yaml; CONDITION=FOLDER names one condition (docs/evaluation.md)',
    )
    for option, what in (('depth', 'depth'), ('labels', 'classes'), ('odometry', 'poses')):
        group.add_argument(
            f'--{option}',
            default='',
            metavar='TOPIC',
            help=f'topic of the true {what}, as for `evaluate` [found automatically]',
        )
    group.add_argument(
        '--camera',
        action='append',
        default=[],
        metavar='TOPIC',
        help='image topic, where a recording has several cameras of the kind of the table',
    )
    group.add_argument(
        '--label-map',
        type=Path,
        metavar='FILE',
        help='YAML file of `true id: class` [nuScenes-lidarseg for the points of nuScenes tables]',
    )
    group.add_argument(
        '--tolerance',
        type=tolerance,
        metavar='S',
        help='largest time between a frame and its ground truth, s, as for `evaluate`',
    )
    group.add_argument(
        '--frames',
        type=frame_slice,
        default=slice(None),
        metavar='A:B:N',
        help='frames of each camera, as for `evaluate` [:]',
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    import sys

    options = parser().parse_args(joined(sys.argv[1:] if argv is None else argv))
    stop = StopRequest('interrupted: nothing was written')
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.evaluation.tables.run import make_table

        job = read_job(options, stop)
    return 0 if make_table(job, stop) else 1


def read_job(options: argparse.Namespace, stop: StopRequest) -> Any:
    """Combine and check the options.

    Raises:
        EvaluationError: Options contradict each other, or data are missing.
        BundleError: A bundle is not there.
        TeacherError, LabelMappingError: A model cannot be used.
    """
    from thermal_depth_ros.bench.bundle_cost import cost_of
    from thermal_depth_ros.evaluation.tables.data import find_data
    from thermal_depth_ros.evaluation.tables.measure import UNCUT, MeasureOptions
    from thermal_depth_ros.evaluation.tables.published import published_table
    from thermal_depth_ros.evaluation.tables.run import TableJob
    from thermal_depth_ros.evaluation.truth.topics import TruthNames
    from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig

    table = published_table(options.table)
    with_data = {n: c for n, c in table.conditions.items() if c.cost_at is None}
    data = find_data(options.data, with_data)
    sources = _sources(options, table, stop)
    if sources and with_data and not data:
        raise EvaluationError(
            f'--data: needed to measure rows; conditions of {table.name}: {", ".join(with_data)}'
        )
    shared = {**UNCUT, 'device': options.device, 'threads': options.threads}
    return TableJob(
        table=table,
        data=data,
        sources=sources,
        options=MeasureOptions(
            configs={
                THERMAL: ThermalConfig(**shared),
                RGB: RgbConfig(**shared, sky_is_far=False),
            },
            truth=TruthNames(options.depth, options.labels, options.odometry),
            image_topics=tuple(options.camera),
            label_map=options.label_map,
            tolerance_s=options.tolerance,
            frames=options.frames,
        ),
        cost=functools.partial(cost_of, device=options.device),
        as_predicted=options.as_predicted,
        output=options.output,
    )


def _sources(options: argparse.Namespace, table: Any, stop: StopRequest) -> list[Any]:
    """Return the rows to measure, each with a name of its own."""
    from thermal_depth_ros.evaluation.tables.sources import BundleSource, FileSource, ModelSource

    sources: list[Any] = [BundleSource(name, stop.interrupting) for name in options.bundle]
    for text in options.model:
        from thermal_depth_ros.training.labelling.teacher_pipeline import ModelOpener

        name, folder = _named(text)
        opener = ModelOpener(folder)
        sources.append(ModelSource(name, opener, stop.interrupting, opener.note))
    for text in options.predictions:
        name, folder = _named(text)
        sources.append(FileSource(name, folder, table.measures))
    names = [source.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationError(f'two rows named {", ".join(twice)}; NAME=FOLDER names a row')
    return sources


def _named(text: str) -> tuple[str, Path]:
    """Split `NAME=FOLDER`; a folder alone has its own name."""
    name, separator, folder = text.partition('=')
    if separator and not Path(text).exists():
        return name, Path(folder).expanduser()
    path = Path(text).expanduser()
    return path.resolve().name, path
