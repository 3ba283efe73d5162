# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The files that a thermal frame passes through, as docs/architecture.md lists them."""

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import thermal_depth_ros

PACKAGE = Path(thermal_depth_ros.__file__).parent
MOST_FILES = 25
# Not counted: networks with the normalisation of their input, and what all rooms share.
ASIDE = ('networks/', 'inference/engines/', 'thermal/', 'base/')
LOOKED_AT = 10  # images that are also checked for mistakes of the setup


class FileTrace:
    """Records the files of the package that are entered below some functions, in any thread."""

    def __init__(self, *roots: CodeType) -> None:
        self.recording = False
        self.entered: set[str] = set()
        self._roots, self._local = roots, threading.local()

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        depth = getattr(self._local, 'depth', 0)
        if event == 'call' and (depth or frame.f_code in self._roots):
            self._local.depth = depth + 1
            path = Path(frame.f_code.co_filename)
            if self.recording and path.is_relative_to(PACKAGE):
                self.entered.add(path.relative_to(PACKAGE).as_posix())
        elif event == 'return' and depth:
            self._local.depth = depth - 1


@pytest.fixture
def trace() -> Iterator[FileTrace]:
    """A trace of threads that start from now on, below the callbacks and the frame handler."""
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    from thermal_depth_ros.nodes.camera.camera_inputs import CameraInputs
    from thermal_depth_ros.nodes.camera.frame_handler import FrameHandler
    from thermal_depth_ros.nodes.camera.input_topic import InputTopic

    made = FileTrace(
        InputTopic._heard.__code__, CameraInputs._take_image.__code__, FrameHandler.handle.__code__
    )
    threading.setprofile(made)
    yield made
    threading.setprofile(None)
    sys.setprofile(None)


def listed_files(repository: Path) -> list[str]:
    """Return the files that docs/architecture.md lists for one frame, in order."""
    text = (repository / 'docs' / 'architecture.md').read_text()
    section = text.split('### The files of one frame\n')[1].split('\n#')[0]
    return [path for line in re.findall(r'^\d+\. .*', section, re.M) for path in _paths(line)]


def _paths(line: str) -> list[str]:
    return re.findall(r'`([a-z_/]+\.py)`', line)


def test_the_list_is_short_and_its_files_exist(repository):
    files = listed_files(repository)
    assert len(files) == len(set(files)) and len(files) <= MOST_FILES
    assert not [name for name in files if not (PACKAGE / name).is_file()]


@pytest.mark.ros
def test_a_frame_from_topic_to_cloud_enters_the_listed_files_alone(
    repository, trace, graph, thermal, tiny_thermal_bundle
):
    graph.start(thermal, network='bundle', bundle=str(tiny_thermal_bundle))
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'points')
    graph.run_frames('thermal', 'thermal/points', LOOKED_AT + 1)
    trace.recording = True
    graph.run_frames('thermal', 'thermal/points')
    trace.recording = False
    entered = {name for name in trace.entered if not name.startswith(ASIDE)}
    print(sorted(entered), len(entered))
    assert not entered - set(listed_files(repository))
    # What a reader needs, but has no function that runs for each frame.
    declarations = {'frames/config.py', 'messages/types.py'}
    assert set(listed_files(repository)) - entered <= declarations
