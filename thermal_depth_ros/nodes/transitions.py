# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Asking for a transition that the present state does not have is answered, not fatal.

In rclpy's `change_state` service (Jazzy 7.1) such a request raises out of the callback: the client
never gets an answer, and the exception ends the executor, and with it the process.
"""

from typing import Any

from rclpy.lifecycle import LifecycleNode


def answer_wrong_transitions(node: LifecycleNode) -> None:
    """Make the service answer `success: false` to a transition that is not possible now."""
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
