# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the cameras in a recording by the names, types and encodings of its topics."""

import dataclasses
import re
from collections.abc import Sequence

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.image_kind import (
    EncodingHint,
    channels_differ,
    encoding_hint,
    has_equal_channels,
)
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import CAMERA_INFO, COMPRESSED_IMAGE, IMAGE, RGB, THERMAL
from thermal_depth_ros.messages.frame_reader import DRIVER_OF_VISIBLE

_THERMAL_WORDS = frozenset(
    ('thermal', 'thermo', 'thr', 'lwir', 'mwir', 'ir', 'infrared', 'lepton', 'boson')
)
# Names that thermal cameras share with others: those of a maker of visible cameras as well, and
# the near infrared of depth sensors. Pixels decide where they can, and the choice is said.
_MAKERS = frozenset(('flir',))
_NEAR_INFRARED = frozenset(('ir', 'infrared'))
_RGB_WORDS = frozenset(('rgb', 'color', 'colour', 'visible', 'vis', 'rgbd'))
# Images not taken by a camera: of depth sensors, labellers, and this package.
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
    """Cameras of a recording, and its other image topics with the reason they are excluded."""

    cameras: tuple[CameraStream, ...]
    unused: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class _Candidate:
    topic: str  # with the transport
    base: str  # without it
    kind: str
    why: str = ''  # evidence for the kind, if it is ambiguous

    @property
    def namespace(self) -> str:
        """Namespace shared with the camera_info; a topic outside one is its own camera."""
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
    """Sort the image topics of a recording into cameras and others."""
    candidates: list[_Candidate] = []
    unused: list[tuple[str, str]] = []
    for topic, info in recording.topics.items():
        if info.type not in (IMAGE, COMPRESSED_IMAGE):
            continue
        reason, kind, why = _classify(recording, topic)
        if reason:
            unused.append((topic, reason))
        else:
            candidates.append(_Candidate(topic, _base(topic), kind, why))
    candidates = _without_palettes(candidates, unused)
    chosen: dict[tuple[str, str], _Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.rank):
        best = chosen.setdefault((candidate.namespace, candidate.kind), candidate)
        if best is not candidate:
            unused.append((candidate.topic, f'the same camera as {best.topic}'))
    picked = sorted(chosen.values(), key=lambda candidate: candidate.topic)
    _say_choices(recording, picked)
    return Survey(_streams(recording, picked), tuple(sorted(unused)))


def named_cameras(
    recording: Recording,
    topics: Sequence[tuple[str, str]],
) -> list[CameraStream]:
    """Return the cameras of the image topics given by the user, as pairs of kind and topic.

    Raises:
        BagError: A topic is missing, or is no image; the message lists the topics there are.
    """
    recording.require(topic for _, topic in topics)
    candidates = []
    for kind, topic in topics:
        if recording.topics[topic].type not in (IMAGE, COMPRESSED_IMAGE):
            raise BagError(f'{topic} is a {recording.topics[topic].type}, not an image')
        candidates.append(_Candidate(topic, _base(topic), kind))
    _say_choices(recording, candidates)
    return list(_streams(recording, candidates))


def _base(topic: str) -> str:
    return topic.removesuffix('/compressed')


def _words(name: str) -> list[str]:
    return [word for word in re.split(r'[/_\-.]+', name.lower()) if word]


def _derived_word(topic: str) -> str | None:
    """Return the word that marks a derived image, as in /camera/depth/image."""
    found = None
    *namespace, name = topic.lower().replace('ground_truth', 'groundtruth').split('/')
    for part in namespace:
        if part in _THERMAL_WORDS | _RGB_WORDS:
            found = None  # as in /depth_camera/rgb/image_raw
        found = next((word for word in _words(part) if word in _DERIVED_WORDS), found)
    return next((word for word in _words(name) if word in _DERIVED_WORDS), found)


def _without_palettes(
    candidates: list[_Candidate], unused: list[tuple[str, str]]
) -> list[_Candidate]:
    """Exclude coloured images of a thermal camera that also provides counts."""
    thermal = {c.namespace: c.topic for c in candidates if c.kind == THERMAL}
    kept = []
    for candidate in candidates:
        counts = thermal.get(candidate.namespace)
        if candidate.kind == RGB and candidate.why and counts:
            unused.append((candidate.topic, f'a coloured picture of the camera of {counts}'))
        else:
            kept.append(candidate)
    return kept


def _classify(recording: Recording, topic: str) -> tuple[str, str, str]:
    """Return why a topic is not a camera ('' if it is), its kind, and the evidence."""
    derived = _derived_word(topic)
    if derived:
        return f'its name says {derived}', '', ''
    hint = encoding_hint(recording, topic)
    kind, word = _kind(topic, hint)
    if hint.temperature and word in _THERMAL_WORDS - _NEAR_INFRARED:
        return '', THERMAL, ''  # reading them raises an error
    if hint.problem:
        return hint.problem, '', ''
    if word in _MAKERS:
        return '', *_kind_by_pixels(recording, topic, hint, word)
    if kind == THERMAL and hint.colour and not has_equal_channels(recording, topic):
        return f'a coloured picture ({hint.encoding}) of a thermal camera, not its counts', '', ''
    if hint.deep and 'stereo' in _words(topic) and not _THERMAL_WORDS & set(_words(topic)):
        return 'a 16-bit picture of a stereo sensor is depth', '', ''
    why = ''
    if word in _NEAR_INFRARED and not hint.deep:
        why = f'taken for thermal by its name alone ({word}), with pixels of 8 bits; if it is near '
        why += f'infrared, take it as --rgb {topic}'
    return '', kind, why


def _kind_by_pixels(
    recording: Recording, topic: str, hint: EncodingHint, word: str
) -> tuple[str, str]:
    """Return the kind of a camera whose name gives only its maker, and the evidence."""
    if hint.deep:
        return THERMAL, ''
    if channels_differ(recording, topic) or hint.encoding.lower().startswith('bayer'):
        return RGB, (
            f'taken for rgb by its colours, though its name says {word}; a palette of a thermal '
            'camera is neither: record its counts'
        )
    if DRIVER_OF_VISIBLE in topic.lower():
        return RGB, (
            f'taken for rgb: 8-bit grey under {DRIVER_OF_VISIBLE}, the default name of a driver of '
            f'visible cameras; if it is thermal, take it as --thermal {topic}'
        )
    return THERMAL, (
        f'taken for thermal by its name alone ({word}), with pixels of 8 bits; if it is a visible '
        f'camera, take it as --rgb {topic}'
    )


def _say_choices(recording: Recording, candidates: Sequence[_Candidate]) -> None:
    """Add a note to the recording for each camera whose kind or decoding is ambiguous."""
    for candidate in candidates:
        if candidate.why:
            recording.note(f'{candidate.topic}: {candidate.why}')
        hint = encoding_hint(recording, candidate.topic)
        if candidate.kind != THERMAL or not hint.colour:
            continue
        what = 'that are not equal; their brightness is taken for counts, as the topic was named'
        if has_equal_channels(recording, candidate.topic):
            what = 'that are equal; they are read as one channel of counts'
        recording.note(f'{candidate.topic}: a thermal picture of channels ({hint.encoding}) {what}')


def _kind(topic: str, hint: EncodingHint) -> tuple[str, str]:
    """Return the kind implied by a name and the word implying it; otherwise a maker."""
    maker = ''
    # The namespace names the camera; the last part often says how the picture was made.
    namespace, _, name = _base(topic).rpartition('/')
    for part in (namespace, name):
        for word in reversed(_words(part)):
            if word in _THERMAL_WORDS:
                return THERMAL, word
            # image_color of a maker's camera may be a palette of its counts.
            if word in _RGB_WORDS and not (maker and part is name):
                return RGB, word
            maker = word if word in _MAKERS else maker
    return (THERMAL if hint.deep else RGB), maker


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
