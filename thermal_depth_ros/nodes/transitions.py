# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lifecycle transitions that always say what went wrong.

rclpy (Jazzy 7.1) swallows exceptions of transition callbacks without a word. A request for a
transition that the present state does not have raises out of its `change_state` service: the
client never gets an answer, and the exception ends the executor, and with it the process.
"""

from collections.abc import Callable
from typing import Any

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from thermal_depth_ros.remedies import missing_import
from thermal_depth_ros.unexpected import is_foreseen, named, report


def attempt(
    node: LifecycleNode,
    name: str,
    work: Callable[[], None],
    parent: Callable[[LifecycleState], TransitionCallbackReturn],
    state: LifecycleState,
    failed: Callable[[str], None],
) -> TransitionCallbackReturn:
    """Do the work of a transition, then that of the parent class.

    Args:
        node: for the log.
        name: of the transition, for the log.
        work: what the node does.
        parent: the callback of the parent class, which tells the publishers.
        state: the state before.
        failed: told why it failed.

    Returns:
        SUCCESS; FAILURE, from which one can try again, where a user can do something about it;
        ERROR otherwise.
    """
    try:
        work()
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        reason = missing_import(error) if isinstance(error, ImportError) else str(error)
        text = f'cannot {name}: {reason or named(error)}'
        failed(text)
        node.get_logger().error(text)
        if not is_foreseen(error):
            report(f'the transition: {name}', error, node.get_logger().error)
        return TransitionCallbackReturn.FAILURE
    except Exception as error:
        text = f'cannot {name}: unexpected {named(error)}'
        failed(text)
        node.get_logger().error(text)
        report(f'the transition: {name}', error, node.get_logger().error)
        return TransitionCallbackReturn.ERROR
    return parent(state)


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
