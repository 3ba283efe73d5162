# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lifecycle transitions that report the reason of a failure.

rclpy (Jazzy 7.1) silently swallows exceptions of transition callbacks.
"""

from collections.abc import Callable

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from thermal_depth_ros.base.remedies import missing_import
from thermal_depth_ros.base.unexpected import is_foreseen, named, report


def attempt(
    node: LifecycleNode,
    name: str,
    action: Callable[[], None],
    parent: Callable[[LifecycleState], TransitionCallbackReturn],
    state: LifecycleState,
    failed: Callable[[str], None],
) -> TransitionCallbackReturn:
    """Run the action of a transition, then that of the parent class.

    Args:
        node: Node, for logging.
        name: Name of the transition, for logging.
        action: Action of the transition.
        parent: The callback of the parent class, which tells the publishers.
        state: The state before.
        failed: Called with the reason of a failure.

    Returns:
        SUCCESS; FAILURE, which can be retried, for problems that a user can fix; ERROR otherwise.
    """
    try:
        action()
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
