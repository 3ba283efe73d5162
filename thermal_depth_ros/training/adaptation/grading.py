# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Grades a recording as material to learn from, and says what to record better."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

import cv2
import numpy as np

from thermal_depth_ros.samples.frame_facts import CONSTANT, FROZEN, OUT_OF_ORDER, SHUTTER
from thermal_depth_ros.samples.preparing import NO_POSE, NO_TWIST
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.training.adaptation.image_motion import ViewChange, view_change

GOOD, FAIR, POOR = 'good', 'fair', 'poor'
# What a recording may lack.
IMAGES, CAMERA_INFO, POSES, TRUE_DEPTH = 'images', 'camera_info', 'odometry', 'true depth'
SYNC = 'sync of odometry'
INTERVALS = (1, 2, 3, 5, 8, 12)  # candidates of the number of images to each neighbour
WANTED_PX = 2.0  # parallax between neighbours at which depth can be learned well
LEAST_PX = 0.5  # below it, flow that no rotation explains is noise
_TARGETS = 24  # images whose parallax is measured
_SHOWN = 60  # images whose exposure is measured
_SYNC_FRAMES, _SYNC_LAGS = 200, 6


@dataclasses.dataclass(frozen=True)
class Grade:
    """Grade of one property of a recording.

    Attributes:
        name: Property.
        grade: GOOD, FAIR or POOR.
        found: What was measured.
        advice: What to record better; '' if it is good.
    """

    name: str
    grade: str
    found: str
    advice: str = ''


@dataclasses.dataclass(frozen=True)
class Parallax:
    """Median parallax of a recording by the number of images between two views, in pixels."""

    by_interval: dict[int, float]

    @property
    def best_px(self) -> float:
        """The largest of them; 0 if nothing could be measured."""
        return max(self.by_interval.values(), default=0.0)

    def interval(self, most: int = INTERVALS[-1]) -> int:
        """Return the smallest interval with the parallax wanted, else that with the largest.

        Args:
            most: Largest interval that fits into the recording.
        """
        fitting = {k: px for k, px in self.by_interval.items() if k <= max(most, 1)}
        enough = [k for k, px in fitting.items() if px >= WANTED_PX]
        return min(enough) if enough else max(fitting, key=lambda k: fitting[k], default=1)


@dataclasses.dataclass(frozen=True)
class RecordingGrade:
    """All grades of one recording."""

    path: str
    rows: tuple[Grade, ...]
    parallax: Parallax
    images: int = 0
    step_m: float = 0.0  # median distance between consecutive images; 0 without poses

    @property
    def overall(self) -> str:
        """The worst grade."""
        return max((row.grade for row in self.rows), key=(GOOD, FAIR, POOR).index, default=POOR)


def grade_recording(
    frames: RecordedFrames,
    left_out: Counter[str],
    notes: list[str],
    has_depth: bool,
    missing: Mapping[str, str],
) -> RecordingGrade:
    """Grade the images of a camera and what belongs to them.

    Args:
        frames: Usable images, in order of time, with poses if they are known.
        left_out: Number of unusable images by reason.
        notes: Remarks of the preparation of the recording.
        has_depth: Whether the recording has true depth of this camera.
        missing: What to record, by what the recording lacks.
    """
    calibrated = CAMERA_INFO not in missing
    parallax = measure_parallax(frames) if calibrated else Parallax({})
    rows = [
        grade_topics(missing),
        _amount(frames),
        _unusable(frames, left_out),
        _gaps(frames),
        *_exposure(frames),
        _motion(parallax) if calibrated else _unknown('parallax'),
        _odometry(frames, left_out, notes),
    ]
    if frames.T_world_camera is not None:
        rows.append(_sync(frames) if calibrated else _unknown(SYNC))
    depth = 'compared with the true depth' if has_depth else 'none: photometric error alone'
    rows.append(Grade('true depth', GOOD if has_depth else FAIR, depth))
    return RecordingGrade(frames.path, tuple(rows), parallax, len(frames), _step_m(frames))


def grade_topics(missing: Mapping[str, str]) -> Grade:
    """Grade what a recording has; without images or intrinsics nothing can be learned."""
    if not missing:
        return Grade('topics', GOOD, 'none is missing')
    grade = POOR if {IMAGES, CAMERA_INFO} & {*missing} else FAIR
    return Grade('topics', grade, f'missing: {", ".join(missing)}', '; '.join(missing.values()))


def _unknown(name: str) -> Grade:
    return Grade(name, FAIR, f'not known: {CAMERA_INFO} is missing')


def _step_m(frames: RecordedFrames) -> float:
    """Return the median distance of the camera between consecutive images, without standing."""
    if frames.T_world_camera is None or len(frames) < 2:
        return 0.0
    steps_m = np.linalg.norm(np.diff(frames.T_world_camera[:, :3, 3], axis=0), axis=1)
    moving = steps_m[steps_m > 0.1 * np.percentile(steps_m, 90)]
    return float(np.median(moving)) if len(moving) else 0.0


def measure_parallax(frames: RecordedFrames) -> Parallax:
    """Measure the parallax between images at several intervals."""
    count = len(frames)
    found: dict[int, float] = {}
    for interval in INTERVALS:
        if count <= interval:
            break
        targets = np.unique(np.linspace(0, count - 1 - interval, _TARGETS).astype(int))
        changes = [_change(frames, int(row), int(row) + interval) for row in targets]
        known = [change.parallax_px for change in changes if change is not None]
        if len(known) >= max(len(targets) // 4, 1):
            found[interval] = float(np.median(known))
    return Parallax(found)


def _change(frames: RecordedFrames, first: int, second: int) -> ViewChange | None:
    return view_change(frames.image(first), frames.image(second), frames.camera.K)


def _rated(name: str, value: float, limits: tuple[float, float], found: str, advice: str) -> Grade:
    """Grade a value whose larger values are worse: up to the first limit good, second fair."""
    grade = GOOD if value <= limits[0] else FAIR if value <= limits[1] else POOR
    return Grade(name, grade, found, '' if grade == GOOD else advice)


def _amount(frames: RecordedFrames) -> Grade:
    seconds = float(frames.stamps_ns[-1] - frames.stamps_ns[0]) * 1e-9 if len(frames) else 0.0
    advice = 'record at least 300 images, in several places and kinds of weather'
    found = f'{len(frames)} usable, {seconds:.0f} s'
    return _rated('images', -len(frames), (-300, -100), found, advice)


def _unusable(frames: RecordedFrames, left_out: Counter[str]) -> Grade:
    bad = {name: n for name, n in left_out.items() if name not in (NO_POSE, NO_TWIST) and n}
    share = sum(bad.values()) / max(sum(bad.values()) + len(frames), 1)
    found = ', '.join(f'{n} {name}' for name, n in bad.items()) or 'none'
    advice = 'check the driver and the connection of the camera'
    if left_out[FROZEN]:
        advice = 'the camera repeats images: set its rate to that at which it measures'
    elif left_out[SHUTTER] or left_out[CONSTANT]:
        advice = 'images show the closed shutter: correct it before the drive, not during it'
    elif left_out[OUT_OF_ORDER]:
        advice = 'stamps do not increase: stamp images when they are taken'
    return _rated('frozen or damaged', share, (0.02, 0.15), found, advice)


def _gaps(frames: RecordedFrames) -> Grade:
    steps_s = np.diff(frames.stamps_ns) * 1e-9
    if not len(steps_s):
        return Grade('rate', POOR, 'a single image', 'record a drive')
    usual_s = float(np.median(steps_s))
    wide = steps_s > 3 * usual_s
    share = float(steps_s[wide].sum() / steps_s.sum())
    found = f'{1 / max(usual_s, 1e-9):.1f} Hz, {int(wide.sum())} gaps of {share:.1%} of the time'
    return _rated('rate', share, (0.02, 0.2), found, 'images are lost: record to a faster disk')


def _exposure(frames: RecordedFrames) -> list[Grade]:
    if not len(frames):
        return []
    rows = np.unique(np.linspace(0, len(frames) - 1, _SHOWN).astype(int))
    images = [frames.image(int(row)) for row in rows]
    grey = [i if i.ndim == 2 else cv2.cvtColor(i, cv2.COLOR_RGB2GRAY) for i in images]
    top = np.iinfo(grey[0].dtype).max
    clipped = float(np.mean([np.mean((g >= 0.985 * top) | (g == 0)) for g in grey]))
    signal = float(np.median([g.std() for g in grey]))
    noise = float(np.median([_noise(g) for g in grey]))
    advice = 'lower exposure or gain, and avoid looking into the light; do not stretch contrast'
    contrast = 'more contrast: other exposure, another time of day, clean and focus the lens'
    ratio = signal / max(noise, 1e-6)
    of_range = signal / 255.0 if top == 255 else 1.0  # counts have no fixed range
    value = -min(ratio / 8.0, of_range / 0.08)
    return [
        _rated('exposure', clipped, (0.05, 0.25), f'{clipped:.1%} of pixels saturated', advice),
        _rated(
            'contrast',
            value,
            (-1.0, -0.4),
            f'deviation {signal:.0f} levels, {ratio:.0f} times the noise',
            contrast,
        ),
    ]


def _noise(grey: np.ndarray) -> float:
    """Estimate the deviation of the noise from the smallest details (Immerkaer 1996)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float64)
    response = cv2.filter2D(grey.astype(np.float64), -1, kernel)
    return float(np.median(np.abs(response)) / 0.6745 / 6.0)


def _motion(parallax: Parallax) -> Grade:
    if not parallax.by_interval:
        return Grade('parallax', POOR, 'too few corners to measure it', 'more contrast, less blur')
    px = parallax.best_px
    found = f'{px:.1f} px within {parallax.interval()} images, rotation removed'
    advice = (
        'drive, and past near things: a camera that stands still or only turns tells nothing of '
        'depth'
    )
    return _rated('parallax', -px, (-WANTED_PX, -1.0), found, advice)


def _odometry(frames: RecordedFrames, left_out: Counter[str], notes: list[str]) -> Grade:
    if frames.T_world_camera is not None:
        missing = left_out[NO_POSE]
        share = missing / max(missing + len(frames), 1)
        advice = 'record odometry for the whole drive, with the clock of the camera'
        found = f'{frames.pose_topic} for {1 - share:.0%} of the images'
        grade = _rated('odometry', share, (0.02, 0.2), found, advice)
        if grade.grade == GOOD and 'wheel' in frames.pose_topic:
            return Grade('odometry', FAIR, found, 'visual-inertial odometry or SLAM is better')
        return grade
    why = next((note for note in notes if 'mounting' in note), '')
    if why:
        return Grade(
            'odometry', POOR, 'mounting of the camera unknown', f'record /tf_static ({why})'
        )
    return Grade(
        'odometry', FAIR, 'none', 'record nav_msgs/Odometry and /tf_static to learn metres'
    )


def _sync(frames: RecordedFrames) -> Grade:
    """Compare the turning seen by the camera with that of the odometry, at several delays."""
    poses = frames.T_world_camera
    assert poses is not None
    count = min(len(frames), _SYNC_FRAMES)
    seen = [_change(frames, row, row + 1) for row in range(count - 1)]
    if len(seen) < 4 * _SYNC_LAGS:
        return Grade(SYNC, FAIR, 'not known: too few images', 'record a longer drive')
    if sum(c is None for c in seen) > len(seen) // 3:
        return Grade(SYNC, FAIR, 'not known: too few corners', 'more contrast, less blur')
    turned = np.array([np.nan if c is None else c.turned_rad for c in seen])
    R = poses[:count, :3, :3]
    cosine = (np.einsum('nij,nij->n', R[1:], R[:-1]) - 1) / 2
    told = np.arccos(np.clip(cosine, -1, 1))
    if np.nanstd(turned) < 2e-3 or told.std() < 2e-3:
        return Grade(
            SYNC, FAIR, 'not known: too little turning', 'turn left and right in the drive'
        )
    lags = range(-_SYNC_LAGS, _SYNC_LAGS + 1)
    likeness = {lag: _correlation(turned, told, lag) for lag in lags}
    best = max(likeness, key=lambda lag: likeness[lag])
    period_s = float(np.median(np.diff(frames.stamps_ns))) * 1e-9
    found = f'turns agree (correlation {likeness[best]:.2f}) at a delay of {best * period_s:.2f} s'
    if abs(best) <= 1 and likeness[best] > 0.6:
        return Grade(SYNC, GOOD, found)
    clear = likeness[best] > likeness[0] + 0.15
    advice = 'synchronise the clocks; stamp images when they are taken'
    if clear and abs(best) > 1:
        return Grade(SYNC, POOR, found, advice)
    return Grade(SYNC, FAIR, found, advice)


def _correlation(seen: np.ndarray, told: np.ndarray, lag: int) -> float:
    """Return the correlation of seen[k] and told[k + lag]."""
    a = seen[max(-lag, 0) : len(seen) - max(lag, 0)]
    b = told[max(lag, 0) : len(told) - max(-lag, 0)]
    known = np.isfinite(a)
    if known.sum() < 3 or not a[known].std() or not b[known].std():
        return 0.0
    return float(np.corrcoef(a[known], b[known])[0, 1])
