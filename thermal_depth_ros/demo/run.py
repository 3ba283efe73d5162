# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Plays the scenarios of the demo and writes its report."""

import time
from collections.abc import Sequence
from pathlib import Path

from thermal_depth_ros.demo.playback import NodeOptions, Playback
from thermal_depth_ros.demo.results import ScenarioResult, read_result, write_outputs
from thermal_depth_ros.demo.scenarios import Scenario, prepare
from thermal_depth_ros.demo.summary import show_summary


def run_demo(scenarios: Sequence[Scenario], options: NodeOptions, output: Path) -> None:
    """Play scenarios one after the other, write the report and print a summary.

    Args:
        scenarios: Scenarios to play.
        options: Options of the camera nodes.
        output: Folder of the report, with one folder for each scenario.

    Raises:
        DemoError: A process failed, or published no depth image.
        BagError: A recording cannot be read.
    """
    started = time.monotonic()
    results = [_play(scenario, options, output / scenario.name) for scenario in scenarios]
    _say('writing the report')
    outputs = write_outputs(results, output)
    show_summary(outputs, results, time.monotonic() - started)


def _play(scenario: Scenario, options: NodeOptions, folder: Path) -> ScenarioResult:
    _say(f'{scenario.name}: {scenario.title}')
    source = prepare(scenario, folder, _say)
    _say(f'starting the camera nodes: {", ".join(source.kinds)}')
    playback = Playback(source, options, folder, _say)
    measured = playback.run()
    _say('reading the recorded outputs')
    return read_result(scenario, source, playback.recording, playback.logs, measured)


def _say(text: str) -> None:
    print(text, flush=True)
