# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The static transforms of a recording as a tree of frames."""

from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.contract import TF_MESSAGE, TF_STATIC_TOPIC
from thermal_depth_ros.geometry.frames import FrameError, FrameTree
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix


def static_transforms(recording: Recording) -> tuple[FrameTree, list[Record], list[str]]:
    """Read all of /tf_static.

    Returns:
        The tree, the messages it was made from, and what was wrong with some of them.
    """
    tree = FrameTree()
    records: list[Record] = []
    problems: list[str] = []
    info = recording.topics.get(TF_STATIC_TOPIC)
    if info is None or info.type != TF_MESSAGE:
        return tree, records, problems
    for record in recording.read([TF_STATIC_TOPIC]):
        try:
            message: Any = record.message
        except BagError as error:
            problems.append(str(error))
            continue
        records.append(record)
        for stamped in message.transforms:
            try:
                T_parent_child = transform_to_matrix(stamped.transform)
                tree.add(
                    stamped.header.frame_id, stamped.child_frame_id, T_parent_child, static=True
                )
            except (FrameError, MessageError) as error:
                problems.append(f'{TF_STATIC_TOPIC}: {stamped.child_frame_id}: {error}')
    return tree, records, problems
