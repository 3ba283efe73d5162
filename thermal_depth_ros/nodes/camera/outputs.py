# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Publishers of a camera node, and which of them have subscribers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rclpy.lifecycle.publisher import LifecyclePublisher

from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.types import MessageTypes
from thermal_depth_ros.nodes import qos
from thermal_depth_ros.nodes.endpoints import Endpoints


class Outputs:
    """One lifecycle publisher for each output of a camera kind."""

    def __init__(self, endpoints: Endpoints, kind: str, types: MessageTypes) -> None:
        self._publishers: dict[str, LifecyclePublisher] = {}
        self._latched = {key for key, o in contract.OUTPUTS[kind].items() if o.latched}
        for key, output in contract.OUTPUTS[kind].items():
            profile = (
                qos.transform_qos(static=False)
                if key == 'tf'
                else qos.output_qos(latched=output.latched)
            )
            self._publishers[key] = endpoints.publisher(
                types.message_class(output.type), output.topic, profile
            )

    def wanted(self, own: Mapping[str, int] = MappingProxyType({})) -> frozenset[str]:
        """Return the keys of the outputs with subscribers, except latched ones.

        Args:
            own: Number of subscriptions of this node to the output; they do not count.
        """
        return frozenset(
            key
            for key, publisher in self._publishers.items()
            if key not in self._latched and publisher.get_subscription_count() > own.get(key, 0)
        )

    def publish(self, messages: Mapping[str, Any]) -> None:
        """Publish one message per key of contract.OUTPUTS, in the order given."""
        for key, message in messages.items():
            self._publishers[key].publish(message)

    def topics_of_one_source(self) -> list[str]:
        """Return the resolved topics that only this node should publish: all but TF."""
        return [made.topic_name for key, made in self._publishers.items() if key != 'tf']

    def describe(self) -> str:
        """Return the resolved topics, separated by commas."""
        return ', '.join(publisher.topic_name for publisher in self._publishers.values())
