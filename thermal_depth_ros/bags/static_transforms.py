# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The static transforms of a recording as a tree of frames."""

from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.contract import TF_MESSAGE
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import FrameError, FrameTree

TOPIC = '/tf_static'


def static_transforms(recording: Recording) -> tuple[FrameTree, list[Record], list[str]]:
    """Read all of /tf_static.

    Returns:
        The tree, the messages it was made from, and what was wrong with some of them.
    """
    tree = FrameTree()
    records: list[Record] = []
    problems: list[str] = []
    info = recording.topics.get(TOPIC)
    if info is None or info.type != TF_MESSAGE:
        return tree, records, problems
    for record in recording.read([TOPIC]):
        try:
            message: Any = record.message
        except BagError as error:
            problems.append(str(error))
            continue
        records.append(record)
        for stamped in message.transforms:
            try:
                tree.add(stamped.header.frame_id, stamped.child_frame_id, _matrix(stamped), True)
            except (FrameError, ValueError) as error:
                problems.append(f'{TOPIC}: {stamped.child_frame_id}: {error}')
    return tree, records, problems


def _matrix(stamped: Any) -> np.ndarray:
    q, t = stamped.transform.rotation, stamped.transform.translation
    return rigid.compose(np.array([q.x, q.y, q.z, q.w]), np.array([t.x, t.y, t.z]))
