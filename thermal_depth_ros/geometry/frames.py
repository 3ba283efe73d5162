# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A tree of coordinate frames that answers lookups from transform messages.

Its size is bounded, so that transforms of ever new frames cannot fill the memory.
"""

from collections import defaultdict, deque
from typing import Protocol

import numpy as np

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import listed, name_of
from thermal_depth_ros.geometry import rigid

MOST_FRAMES = 1000  # static ones and moving ones, each
LONGEST_FRAME_ID = 256  # characters
FARTHEST_M = 1e9  # of a child from its parent; sums and products of more lose all digits
_REMEMBERED_QUESTIONS = 4  # recent lookups whose frames are never dropped

# Optical axes (x right, y down, z forward) in a body that looks along x, with y left, z up.
T_FORWARD = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


class FrameError(ThermalDepthError, LookupError):
    """Two frames are not connected; the message names them and what is known."""


class Frames(Protocol):
    """Source of the rigid motion between two frames."""

    def lookup(self, target: str, source: str) -> np.ndarray:
        """Return T_target_source (4, 4), mapping points of the source frame into the target.

        Raises:
            FrameError: No chain of transforms joins the two.
        """


class FrameTree:
    """The latest transform from each child frame to its parent.

    T_parent_child maps points of the child frame into the parent frame, as a TransformStamped
    with header.frame_id = parent does.
    """

    def __init__(self, most_frames: int = MOST_FRAMES) -> None:
        """Make an empty tree.

        Args:
            most_frames: Static frames that are kept, and moving ones. Beyond that the oldest are
                forgotten: first those that are not connected to frames that were asked for, never
                those on the way between them.
        """
        self._static: dict[str, tuple[str, np.ndarray]] = {}
        self._moving: dict[str, tuple[str, np.ndarray]] = {}
        self._most_frames = most_frames
        self._asked: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED_QUESTIONS)
        self.forgotten = 0  # transforms dropped because there were too many

    def __len__(self) -> int:
        """Return the number of stored transforms."""
        return len(self._static) + len(self._moving)

    def add(self, parent: str, child: str, T_parent_child: np.ndarray, static: bool) -> None:
        """Store a transform, replacing an earlier one of the same child.

        Raises:
            FrameError: A frame is empty, is its own parent or has a name of more than
                LONGEST_FRAME_ID characters, or the motion is not finite or beyond FARTHEST_M.
        """
        parent, child = parent.lstrip('/'), child.lstrip('/')
        what = f'transform {_quoted(parent)} -> {_quoted(child)}'
        if not parent or not child or parent == child:
            raise FrameError(f'{what} does not join two frames')
        if max(len(parent), len(child)) > LONGEST_FRAME_ID:
            raise FrameError(f'{what} has a name of more than {LONGEST_FRAME_ID} characters')
        if not np.isfinite(T_parent_child).all():
            raise FrameError(f'{what} is not finite')
        if np.abs(T_parent_child).max() > FARTHEST_M:
            raise FrameError(f'{what} is farther than {FARTHEST_M:g} m')
        store = self._static if static else self._moving
        store.pop(child, None)  # the newest stand last
        store[child] = (parent, np.asarray(T_parent_child, np.float64))
        if len(store) > self._most_frames + self._most_frames // 4:
            self._forget_oldest(store)

    def forget_moving(self) -> None:
        """Drop all transforms that are not static; for time jumps."""
        self._moving.clear()

    def lookup(self, target: str, source: str) -> np.ndarray:
        """Return T_target_source (4, 4), mapping points of the source frame into the target.

        Raises:
            FrameError: No chain of transforms joins the two.
        """
        target, source = target.lstrip('/'), source.lstrip('/')
        if (target, source) not in self._asked:
            self._asked.append((target, source))
        from_source, from_target = self._ancestors(source), self._ancestors(target)
        for frame, T_frame_source in from_source.items():
            if frame in from_target:
                T_target_source: np.ndarray = rigid.invert(from_target[frame]) @ T_frame_source
                return T_target_source
        raise FrameError(
            f'no transform between {_quoted(target)} and {_quoted(source)}; frames known: '
            f'{listed(self._known(target, source))}'
        )

    def path(self, target: str, source: str) -> list[tuple[str, str]]:
        """Return the links (parent, child) that join two frames, from the source to the target.

        Raises:
            FrameError: No chain of transforms joins the two.
        """
        self.lookup(target, source)
        up, down = (list(self._ancestors(frame.lstrip('/'))) for frame in (source, target))
        common = next(frame for frame in up if frame in down)
        chains = [chain[: chain.index(common) + 1] for chain in (up, down)]
        rising, falling = (list(zip(chain[1:], chain, strict=False)) for chain in chains)
        return rising + falling[::-1]

    def _known(self, *near: str) -> list[str]:
        """Return all frames by name, starting with those connected to one of the given frames."""
        known = {*self._static, *self._moving} | {parent for parent, _ in self._links()}
        connected = self._connected({*near}) & known
        return [*sorted(connected), *sorted(known - connected)]

    def _connected(self, frames: set[str]) -> set[str]:
        """Return the frames connected to one of the given frames."""
        neighbours: defaultdict[str, set[str]] = defaultdict(set)
        for store in (self._static, self._moving):
            for child, (parent, _) in store.items():
                neighbours[child].add(parent)
                neighbours[parent].add(child)
        connected, todo = set(frames), list(frames)
        while todo:
            new = neighbours[todo.pop()] - connected
            connected |= new
            todo += new
        return connected

    def _forget_oldest(self, store: dict[str, tuple[str, np.ndarray]]) -> None:
        asked = {frame for pair in self._asked for frame in pair}
        needed = {ancestor for frame in asked for ancestor in self._ancestors(frame)}
        connected = self._connected(asked)
        order = sorted(store, key=lambda child: child in connected)  # stable: oldest first
        for child in [c for c in order if c not in needed][: len(store) - self._most_frames]:
            del store[child]
            self.forgotten += 1

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


def _quoted(frame: str) -> str:
    return f"'{name_of(frame)}'"
