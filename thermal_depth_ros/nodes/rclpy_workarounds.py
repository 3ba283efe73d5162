# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Private attributes of rclpy, used here and nowhere else, for what has no public way.

Each function names the attribute and the versions of rclpy it was checked with.
`test/nodes/test_rclpy_workarounds.py` fails where a version has changed it.
"""

from typing import Any

from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.parameter import Parameter


def answer_wrong_transitions(node: LifecycleNode) -> None:
    """Make `change_state` answer `success: false` to a transition that is not possible now.

    rclpy raises out of the service: the client never gets an answer, and the exception ends the
    executor, and with it the process.

    `LifecycleNode._service_change_state`, and that a service calls its `callback`: rclpy 7.1.6.
    """
    service = node._service_change_state
    change_state = service.callback

    def guarded(request: Any, response: Any) -> Any:
        try:
            return change_state(request, response)
        except RuntimeError as error:  # RCLError
            node.get_logger().warning(f'transition {request.transition.id} refused: {error}')
            response.success = False
            return response

    service.callback = guarded


def start_values(node: Node) -> dict[str, Any]:
    """Return the parameters given at start-up by file or argument, declared or not.

    There is no public way to ask for them before they are declared, and declaring a value that
    does not fit raises.

    `Node._parameter_overrides`, parameters by name: rclpy 7.1.6.
    """
    given: dict[str, Parameter] = node._parameter_overrides
    return {name: parameter.value for name, parameter in given.items()}
