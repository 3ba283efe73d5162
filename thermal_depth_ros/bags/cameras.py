# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finding the cameras in a recording by the names, types and encodings of its topics."""

import dataclasses
import re
from collections.abc import Sequence

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.image_kind import EncodingHint, encoding_hint, has_equal_channels
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.contract import CAMERA_INFO, COMPRESSED_IMAGE, IMAGE, RGB, THERMAL

_THERMAL_WORDS = frozenset(
    ('thermal', 'thermo', 'thr', 'lwir', 'mwir', 'ir', 'infrared', 'flir', 'lepton', 'boson')
)
_RGB_WORDS = frozenset(('rgb', 'color', 'colour', 'visible', 'vis', 'rgbd'))
# Pictures that no camera took: from depth sensors, from labellers, and from this package.
_DERIVED_WORDS = frozenset(
    ('depth', 'disparity', 'groundtruth', 'gt', 'confidence', 'semantic', 'semantics', 'flow')
    + ('segmentation', 'mask', 'masks', 'label', 'labels', 'overlay', 'annotated', 'annotation')
    + ('debug', 'visualization', 'visualisation', 'normals', 'compresseddepth', 'heatmap')
)
# Names that a camera driver and image_proc give to pictures of one camera, best first.
_IMAGE_NAMES = (
    'image_raw',
    'image',
    'image_rect',
    'image_rect_color',
    'image_color',
    'image_rect_raw',
    'image_mono',
    'image_rect_mono',
)


@dataclasses.dataclass(frozen=True)
class CameraStream:
    """One camera of a recording."""

    kind: str  # contract.THERMAL or contract.RGB
    prefix: str  # namespace in front of the outputs: '' or '/left'
    image_topic: str
    compressed: bool
    info_topic: str | None


@dataclasses.dataclass(frozen=True)
class Survey:
    """The cameras of a recording, and why its other pictures are none: topic and reason."""

    cameras: tuple[CameraStream, ...]
    unused: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class _Candidate:
    topic: str  # with the transport
    base: str  # without it
    kind: str

    @property
    def namespace(self) -> str:
        """What the picture shares with its camera_info; a name of its own is its own camera."""
        namespace, _, name = self.base.rpartition('/')
        return namespace if name in _IMAGE_NAMES else self.base

    @property
    def rank(self) -> tuple[int, bool, str]:
        name = self.base.rpartition('/')[2]
        place = _IMAGE_NAMES.index(name) if name in _IMAGE_NAMES else len(_IMAGE_NAMES)
        return place, self.topic != self.base, self.topic


def find_cameras(recording: Recording) -> list[CameraStream]:
    """Return every camera of a recording, in order of topic."""
    return list(survey(recording).cameras)


def survey(recording: Recording) -> Survey:
    """Sort the pictures of a recording into cameras and others."""
    candidates: list[_Candidate] = []
    unused: list[tuple[str, str]] = []
    for topic, info in recording.topics.items():
        if info.type not in (IMAGE, COMPRESSED_IMAGE):
            continue
        reason, kind = _judge(recording, topic)
        if reason:
            unused.append((topic, reason))
        else:
            candidates.append(_Candidate(topic, _base(topic), kind))
    chosen: dict[tuple[str, str], _Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.rank):
        best = chosen.setdefault((candidate.namespace, candidate.kind), candidate)
        if best is not candidate:
            unused.append((candidate.topic, f'the same camera as {best.topic}'))
    picked = sorted(chosen.values(), key=lambda candidate: candidate.topic)
    _say_colours(recording, picked)
    return Survey(_streams(recording, picked), tuple(sorted(unused)))


def named_cameras(
    recording: Recording,
    topics: Sequence[tuple[str, str]],
) -> list[CameraStream]:
    """Return the cameras of the image topics that a user named, as pairs of kind and topic.

    Raises:
        BagError: a topic is missing, or is no image; the message lists the topics there are.
    """
    recording.require(topic for _, topic in topics)
    candidates = []
    for kind, topic in topics:
        if recording.topics[topic].type not in (IMAGE, COMPRESSED_IMAGE):
            raise BagError(f'{topic} is a {recording.topics[topic].type}, not an image')
        candidates.append(_Candidate(topic, _base(topic), kind))
    _say_colours(recording, candidates)
    return list(_streams(recording, candidates))


def _base(topic: str) -> str:
    return topic.removesuffix('/compressed')


def _words(name: str) -> list[str]:
    return [word for word in re.split(r'[/_\-.]+', name.lower()) if word]


def _derived_word(topic: str) -> str | None:
    """Return the word that says that no camera took a picture, as in /camera/depth/image."""
    found = None
    *namespace, name = topic.lower().replace('ground_truth', 'groundtruth').split('/')
    for part in namespace:
        if part in _THERMAL_WORDS | _RGB_WORDS:
            found = None  # as in /depth_camera/rgb/image_raw
        found = next((word for word in _words(part) if word in _DERIVED_WORDS), found)
    return next((word for word in _words(name) if word in _DERIVED_WORDS), found)


def _judge(recording: Recording, topic: str) -> tuple[str, str]:
    """Return why a topic is no camera ('' where it is one) and its kind."""
    derived = _derived_word(topic)
    if derived:
        return f'its name says {derived}', ''
    hint = encoding_hint(recording, topic)
    if hint.problem:
        return hint.problem, ''
    kind = _kind(topic, hint)
    if kind == THERMAL and hint.colour and not has_equal_channels(recording, topic):
        return f'a coloured picture ({hint.encoding}) of a thermal camera, not its counts', ''
    if hint.deep and 'stereo' in _words(topic) and not _THERMAL_WORDS & set(_words(topic)):
        return 'a 16-bit picture of a stereo sensor is depth', ''
    return '', kind


def _say_colours(recording: Recording, candidates: Sequence[_Candidate]) -> None:
    """Add a note of the recording about each thermal camera whose pictures have colours."""
    for candidate in candidates:
        hint = encoding_hint(recording, candidate.topic)
        if candidate.kind != THERMAL or not hint.colour:
            continue
        what = 'that are not equal; their brightness is taken for counts, as the topic was named'
        if has_equal_channels(recording, candidate.topic):
            what = 'that are equal; they are read as one channel of counts'
        recording.note(f'{candidate.topic}: a thermal picture of channels ({hint.encoding}) {what}')


def _kind(topic: str, hint: EncodingHint) -> str:
    # The namespace names the camera; the last part often says how the picture was made.
    namespace, _, name = _base(topic).rpartition('/')
    for part in (namespace, name):
        for word in reversed(_words(part)):
            if word in _THERMAL_WORDS:
                return THERMAL
            if word in _RGB_WORDS:
                return RGB
    return THERMAL if hint.deep else RGB


def _streams(recording: Recording, candidates: Sequence[_Candidate]) -> tuple[CameraStream, ...]:
    streams: list[CameraStream] = []
    taken: set[tuple[str, str]] = set()
    for candidate in candidates:
        prefix = candidate.namespace.removesuffix(f'/{candidate.kind}')
        if (prefix, candidate.kind) in taken:
            prefix = candidate.base
        taken.add((prefix, candidate.kind))
        compressed = recording.topics[candidate.topic].type == COMPRESSED_IMAGE
        info = _info_topic(recording, candidate.base)
        streams.append(CameraStream(candidate.kind, prefix, candidate.topic, compressed, info))
    return tuple(streams)


def _info_topic(recording: Recording, base: str) -> str | None:
    for namespace in (base, base.rpartition('/')[0]):
        topic = f'{namespace}/camera_info'
        info = recording.topics.get(topic)
        if info is not None and info.type == CAMERA_INFO and info.count:
            return topic
    return None
