# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Motion of one TF frame relative to another, over a whole recording."""

import dataclasses
from collections import Counter, defaultdict
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import read_transforms
from thermal_depth_ros.base.contract import TF_STATIC_TOPIC
from thermal_depth_ros.base.wire_text import listed, name_of
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import transform_to_matrix
from thermal_depth_ros.messages.stamps import stamp_ns

_LINK_GAP_S = 2.0  # longest interpolated gap of links with fewer messages


@dataclasses.dataclass(frozen=True, eq=False)
class FramePairPoses:
    """Poses of a child frame in a parent frame."""

    stamps_ns: np.ndarray  # (N,) int64, strictly increasing
    T_parent_child: np.ndarray  # (N, 4, 4)
    left_out: Counter[str]  # unusable transforms, by reason


def frame_pair_poses(recording: Recording, topic: str, parent: str, child: str) -> FramePairPoses:
    """Track a pair of frames in a TF topic and the tf_static topic of its namespace.

    The stamps are those of the link between the two that is sent most often; the others are
    interpolated.

    Raises:
        BagError: No chain of transforms joins the two, or never at one time.
    """
    links = _Links()
    static = f'{topic.rpartition("/")[0]}{TF_STATIC_TOPIC}'
    for name in dict.fromkeys((static, topic)):
        if name in recording.topics:
            links.read(recording, name, constant=name == static)
    falling, rising = links.chains(topic, parent, child)
    moving = [link for link in (*falling, *rising) if not links.constant(link)]
    if not moving:
        raise BagError(
            f"{topic}: '{name_of(child)}' does not move in '{name_of(parent)}': no poses there"
        )
    stamps = max((links.trajectory(link).stamps_ns for link in moving), key=len)
    kept, poses = [], []
    for stamp in stamps.tolist():
        down, up = (links.product(chain, stamp) for chain in (falling, rising))
        if down is None or up is None:
            links.left_out[f'no transform of every link between {parent} and {child}'] += 1
            continue
        kept.append(stamp)
        poses.append(rigid.invert(down) @ up)
    if not kept:
        raise BagError(
            f"{topic}: '{name_of(parent)}' and '{name_of(child)}' are joined at no time: their "
            f'links are more than {_LINK_GAP_S:g} s apart'
        )
    return FramePairPoses(np.array(kept, np.int64), np.stack(poses), links.left_out)


class _Links:
    """All transforms of some topics, by child frame."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._parents: dict[str, str] = {}
        self._constant: dict[str, np.ndarray] = {}
        self._seen: defaultdict[str, list[tuple[int, np.ndarray]]] = defaultdict(list)
        self._trajectories: dict[str, Trajectory] = {}

    def read(self, recording: Recording, topic: str, constant: bool) -> None:
        """Add every transform of a topic."""
        for record, stamped in read_transforms(recording, topic, self.left_out):
            try:
                self._take(stamped, stamp_ns(stamped.header) or record.time_ns, constant)
            except MessageError as error:
                self.left_out[f'{name_of(stamped.child_frame_id)}: {error}'] += 1

    def chains(self, topic: str, parent: str, child: str) -> tuple[list[str], list[str]]:
        """Return the links (by their children) from each frame up to the first common one.

        Raises:
            BagError: There is none.
        """
        first, second = (self._ancestors(frame) for frame in (parent, child))
        common = next((frame for frame in second if frame in first), None)
        if common is None:
            known = listed(sorted({*self._parents, *self._parents.values()}))
            raise BagError(
                f"{topic}: no transforms between '{name_of(parent)}' and '{name_of(child)}'; "
                f'frames known: {known}'
            )
        return first[: first.index(common)], second[: second.index(common)]

    def constant(self, link: str) -> bool:
        """Whether a link has one transform for all times."""
        return link in self._constant or np.ptp(self.trajectory(link).T, axis=0).max() < 1e-9

    def trajectory(self, link: str) -> Trajectory:
        """Return the transforms of a link over time."""
        if link not in self._trajectories:
            stamps, motions = zip(*self._seen[link], strict=True)
            self._trajectories[link] = Trajectory(np.array(stamps, np.int64), np.stack(motions))
        return self._trajectories[link]

    def product(self, chain: list[str], stamp: int) -> np.ndarray | None:
        """Return T_common_frame (4, 4) of a chain at a time, None where a link is unknown."""
        T = np.eye(4)
        for link in chain:
            T_parent_link = self._at(link, stamp)
            if T_parent_link is None:
                return None
            T = T_parent_link @ T
        return T

    def _at(self, link: str, stamp: int) -> np.ndarray | None:
        if link in self._constant:
            return self._constant[link]
        if self.constant(link):
            first: np.ndarray = self.trajectory(link).T[0]
            return first
        return self.trajectory(link).at(stamp, _LINK_GAP_S)

    def _take(self, stamped: Any, stamp: int, constant: bool) -> None:
        child = str(stamped.child_frame_id).lstrip('/')
        parent = str(stamped.header.frame_id).lstrip('/')
        T = transform_to_matrix(stamped.transform)
        if self._parents.setdefault(child, parent) != parent:
            self.left_out[f'{name_of(child)} has several parents'] += 1
        elif constant:
            self._constant[child] = T
        elif child not in self._constant:
            self._seen[child].append((stamp, T))

    def _ancestors(self, frame: str) -> list[str]:
        ancestors = [frame]
        while (above := self._parents.get(ancestors[-1])) is not None and above not in ancestors:
            ancestors.append(above)
        return ancestors
