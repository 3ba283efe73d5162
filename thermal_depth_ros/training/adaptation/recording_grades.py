# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Grades the recordings of an adaptation, also those that lack topics."""

import dataclasses
from pathlib import Path

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import ODOMETRY
from thermal_depth_ros.base.wire_text import listed
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import NONE, DataConfig, cache_root
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.preparing import Preparation
from thermal_depth_ros.samples.survey import find_image_size, find_topics, find_view
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.grading import (
    CAMERA_INFO,
    IMAGES,
    POSES,
    TRUE_DEPTH,
    Parallax,
    RecordingGrade,
    grade_recording,
    grade_topics,
)
from thermal_depth_ros.training.adaptation.survey import UNKNOWN, Material


def grade_recordings(
    bags: tuple[str, ...],
    material: Material,
    config: AdaptConfig,
    advance: Advance,
    *,
    incomplete: bool = False,
) -> tuple[list[RecordingGrade], Material]:
    """Grade every recording.

    Args:
        bags: Recordings.
        material: Camera, bundle and topics, chosen by the first recording.
        config: Settings.
        advance: Called with a description, the number done and the total.
        incomplete: Whether recordings are graded, too, that lack topics without which nothing can
            be learned from them; topics that the user named must be there in any case.

    Returns:
        The grades, and the material, without poses that cannot be used and were not asked for.

    Raises:
        AdaptationError: A recording lacks what is needed.
        BagError: A recording cannot be read, or lacks a topic.
    """
    try:
        grades = [_grade(path, material, config, [], advance, incomplete) for path in bags]
        return grades, material
    except SamplesError as error:
        if material.pose_topic == NONE or config.pose_topic:
            raise AdaptationError(str(error)) from error
        note = str(error)
    without = dataclasses.replace(
        material,
        pose_topic=NONE,
        remarks=(*material.remarks, f'{material.pose_topic} is not used: {note}; {UNKNOWN}'),
    )
    try:
        grades = [_grade(path, without, config, [note], advance, incomplete) for path in bags]
        return grades, without
    except SamplesError as error:
        raise AdaptationError(str(error)) from error


def _grade(
    path: str,
    material: Material,
    config: AdaptConfig,
    notes: list[str],
    advance: Advance,
    incomplete: bool,
) -> RecordingGrade:
    with Bag(Path(path).expanduser()) as bag:
        missing = _missing(bag.recording(), material, config)
        camera = None
        if incomplete and IMAGES in missing:
            return RecordingGrade(path, (grade_topics(missing),), Parallax({}))
        if incomplete:
            material = _without(material, missing)
        data = material.data((path,), config, frame_interval=1)
        if incomplete and (problem := _without_intrinsics(bag, data)):
            missing = {CAMERA_INFO: problem, **missing}  # the most urgent first
            camera = _any_camera(bag, data)
        prepared = Preparation(bag, data, advance, camera).run()
    notes = [*notes, *prepared.notes, *prepared.apart]
    has_depth = material.has_depth and TRUE_DEPTH not in missing
    return grade_recording(prepared.frames, prepared.left_out, notes, has_depth, missing)


def _missing(recording: Recording, material: Material, config: AdaptConfig) -> dict[str, str]:
    """Return what to record, by what a recording lacks, apart from the intrinsics."""
    there = {topic for topic, info in recording.topics.items() if info.count}
    missing = {}
    if material.image_topic not in there:
        missing[IMAGES] = f'record {material.image_topic}; there are {listed(sorted(there))}'
    if material.pose_topic == NONE:
        some = any(recording.topics[topic].type == ODOMETRY for topic in there)
        if config.pose_topic != NONE and not some:
            missing[POSES] = 'record nav_msgs/Odometry and /tf_static to learn metres'
    elif not config.pose_topic and material.pose_topic not in there:
        missing[POSES] = f'record {material.pose_topic} in every drive'
    truth = {material.depth_topic, material.lidar_topic} - {NONE}
    if config.depth_topic:
        return missing  # named, or not wanted
    if not truth:
        missing[TRUE_DEPTH] = 'record depth images or a LiDAR to compare with the truth'
    elif not truth <= there:
        missing[TRUE_DEPTH] = f'record {listed(sorted(truth))} in every drive'
    return missing


def _without(material: Material, missing: dict[str, str]) -> Material:
    """Return the material without the topics that are missing."""
    if POSES in missing:
        material = dataclasses.replace(material, pose_topic=NONE)
    if TRUE_DEPTH in missing:
        material = dataclasses.replace(material, depth_topic=NONE, lidar_topic=NONE)
    return material


def _without_intrinsics(bag: Bag, data: DataConfig) -> str:
    """Return what to record if a recording has no usable intrinsics; '' if it has."""
    root = cache_root(data)
    topics = find_topics(root, bag, data)
    try:
        find_view(root, bag, topics, data)
    except SamplesError as error:
        if data.calibration or data.info_topic:
            raise
        return str(error) if topics.info else 'record camera_info, or give --calibration FILE'
    return ''


def _any_camera(bag: Bag, data: DataConfig) -> PinholeCamera:
    """Return a camera for images whose intrinsics are unknown, which only resizes them."""
    height, width = find_image_size(cache_root(data), bag, data.image_topic, data.camera)
    return PinholeCamera(width, height, width, width, (width - 1) / 2, (height - 1) / 2)
