# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A tree of coordinate frames, fed from transform messages, asked for rigid motions."""

import numpy as np

from thermal_depth_ros.geometry import rigid

# Optical axes (x right, y down, z forward) in a body that looks along x, with y left, z up.
T_FORWARD = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


class FrameError(LookupError):
    """Two frames are not connected; the message names them and what is known."""


class FrameTree:
    """The latest transform from each child frame to its parent.

    T_parent_child maps points of the child frame into the parent frame, as a TransformStamped
    with header.frame_id = parent does.
    """

    def __init__(self) -> None:
        self._static: dict[str, tuple[str, np.ndarray]] = {}
        self._moving: dict[str, tuple[str, np.ndarray]] = {}

    def add(self, parent: str, child: str, T_parent_child: np.ndarray, static: bool) -> None:
        """Store a transform, replacing what was known of the child.

        Raises:
            FrameError: a frame is empty, is its own parent, or the motion is not finite.
        """
        parent, child = parent.lstrip('/'), child.lstrip('/')
        if not parent or not child or parent == child:
            raise FrameError(f'transform {parent!r} -> {child!r} does not join two frames')
        if not np.isfinite(T_parent_child).all():
            raise FrameError(f'transform {parent!r} -> {child!r} is not finite')
        store = self._static if static else self._moving
        store[child] = (parent, np.asarray(T_parent_child, np.float64))

    def forget_moving(self) -> None:
        """Drop what is not static; for time jumps."""
        self._moving.clear()

    def lookup(self, target: str, source: str) -> np.ndarray:
        """Return T_target_source (4, 4), mapping points of the source frame into the target.

        Raises:
            FrameError: no chain of transforms joins the two.
        """
        target, source = target.lstrip('/'), source.lstrip('/')
        from_source, from_target = self._ancestors(source), self._ancestors(target)
        for frame, T_frame_source in from_source.items():
            if frame in from_target:
                return rigid.invert(from_target[frame]) @ T_frame_source
        known = sorted({*self._static, *self._moving} | {p for p, _ in self._links()})
        raise FrameError(
            f'no transform between {target!r} and {source!r}; frames known: '
            f'{", ".join(known) or "none"}'
        )

    def _links(self) -> list[tuple[str, np.ndarray]]:
        return [*self._static.values(), *self._moving.values()]

    def _ancestors(self, frame: str) -> dict[str, np.ndarray]:
        """Return T_ancestor_frame for the frame itself and each of its ancestors, nearest first."""
        chain = {frame: np.eye(4)}
        T = np.eye(4)
        while (link := self._static.get(frame) or self._moving.get(frame)) is not None:
            frame, T = link[0], link[1] @ T
            if frame in chain:  # a loop of transforms; what was found so far still holds
                break
            chain[frame] = T
        return chain
