# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""vision_msgs/LabelInfo: names of class ids."""

from typing import Any

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import header_message
from thermal_depth_ros.messages.types import MessageTypes


def label_info(
    types: MessageTypes,
    labels: LabelSet,
    stamp_ns: int,
    frame_id: str = '',
    threshold: float = 0.0,
) -> Any:
    """Build a LabelInfo.

    By the definition of the message the highest id of the mask's pixel type, 255, means
    unlabelled without being listed.

    Args:
        types: The library that the message is made for.
        labels: Names of the classes by id.
        stamp_ns: Time from which it is valid.
        frame_id: Frame of the mask.
        threshold: Confidence below which a pixel is unlabelled, 0 to 1.

    Raises:
        MessageError: More classes than ids below 255.
    """
    if len(labels.names) > UNLABELLED:
        raise MessageError('len(class_map)', len(labels.names), f'{UNLABELLED} is unlabelled')
    return types.LabelInfo(
        header=header_message(types, stamp_ns, frame_id),
        class_map=[
            types.VisionClass(class_id=class_id, class_name=name)
            for class_id, name in enumerate(labels.names)
        ],
        threshold=float(threshold),
    )


def label_names(msg: Any) -> dict[int, str]:
    """Return class id -> name of a LabelInfo."""
    return {int(entry.class_id): str(entry.class_name) for entry in msg.class_map}
