# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a camera node: one status for each aspect."""

import dataclasses
from collections.abc import Mapping, Sequence

from thermal_depth_ros.base import contract
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.messages.diagnostics import Level
from thermal_depth_ros.nodes.camera.health import UNEXPECTED, Health, Window, counted, resident_mib
from thermal_depth_ros.nodes.camera.wheel import WheelInput

NOT_REQUESTED = (
    'not requested: no subscribers; the pose is frozen and misses the motion meanwhile, unless '
    'keep_tracking is true'
)
OUTRUN_SHARE = 0.8  # of the time spent on publishing, beyond which outputs outrun the machine
LARGE_SHARE = 0.4  # of the time, which explains that frames are replaced by newer ones
FEWER_BYTES = (
    'fewer bytes help: point_decimation, point_fields, point_layout, point_bandwidth_mb_s, or '
    'fewer subscribed outputs'
)
ANOTHER_TIME_MS = 60_000.0  # a larger latency means that stamp and clock are unrelated


@dataclasses.dataclass(frozen=True)
class NodeStatus:
    """Diagnostic status of one aspect of a node, to be published."""

    name: str
    level: Level
    message: str
    values: Mapping[str, str]


def input_status(health: Health, topic: str, active: bool, silence: str) -> NodeStatus:
    """Return the diagnostics of received and dropped frames."""
    rate, drops, bad = health.received.hz(), health.drops.snapshot(), health.new_bad_frames()
    last = {contract.LAST_BAD_FRAME: health.last_bad_frame} if health.last_bad_frame else {}
    values = {
        'topic': topic,
        'rate in (Hz)': f'{rate:.2f}',
        contract.FRAMES_RECEIVED: str(health.totals.snapshot().get('received', 0)),
        'frames dropped': str(sum(drops.values())),
        **{contract.DROPPED_PREFIX + reason: str(count) for reason, count in drops.items()},
        **last,
        'time jumps': str(health.totals.snapshot().get('time jumps', 0)),
    }
    if not active:
        return NodeStatus('input', Level.OK, 'inactive', values)
    if silence:
        return NodeStatus('input', Level.WARN, silence, values)
    if bad:
        message = f'bad frames since the last report: {counted(bad)}; {health.last_bad_frame}'
        return NodeStatus('input', Level.WARN, message.rstrip('; '), values)
    return NodeStatus('input', Level.OK, f'{rate:.1f} Hz', values)


def processing_status(health: Health) -> NodeStatus:
    """Return the diagnostics of rates, times and missing outputs."""
    totals = health.totals.snapshot()
    values = {
        'rate out (Hz)': f'{health.published.hz():.2f}',
        contract.FRAMES_PUBLISHED: str(totals.get('published', 0)),
        contract.FRAMES_UNWANTED: str(totals.get('unwanted', 0)),
        **_latency(health.latency_ms),
        **_percentiles('message to publish', health.frame_ms),
        **_percentiles('inference', health.inference_ms),
        **{f'last {part} (ms)': f'{ms:.2f}' for part, ms in health.timings_ms.items()},
        **{f'withheld: {key}': reason for key, reason in health.withheld.items()},
        'resident memory (MiB)': f'{resident_mib():.1f}',
    }
    if health.drops.snapshot().get(UNEXPECTED):
        return NodeStatus('processing', Level.ERROR, 'unexpected errors, see the log', values)
    if health.withheld:
        return NodeStatus('processing', Level.WARN, f'no {", ".join(health.withheld)}', values)
    return NodeStatus('processing', Level.OK, f'{health.published.hz():.1f} Hz', values)


def outputs_status(health: Health, decimation: int) -> NodeStatus:
    """Return the diagnostics of the load of publishing.

    Args:
        health: Health of the node.
        decimation: The parameter point_decimation.
    """
    share, late, replaced = health.load.share(), health.load.late(), health.new_replaced()
    rate = f'{health.load.bytes_per_s() * 1e-6:.1f} MB/s'
    values = {
        'data rate out (MB/s)': rate.removesuffix(' MB/s'),
        'publishing (% of the time)': f'{100.0 * share:.1f}',
        **_percentiles('publish', health.publish_ms),
        'point decimation': health.thinning or str(decimation),
        'not acknowledged in time': ', '.join(late) or 'none',
    }
    outrun = share >= OUTRUN_SHARE or (replaced > 0 and share >= LARGE_SHARE)
    if outrun:
        message = f'publishing {rate} takes {share:.0%} of the time'
        if replaced:
            message += f', and newer frames replaced {replaced} since the last report'
        return NodeStatus('outputs', Level.WARN, f'{message}: {FEWER_BYTES}', values)
    if late:
        message = f'subscribers of {", ".join(late)} do not keep up and may lose messages'
        return NodeStatus('outputs', Level.WARN, f'{message}: {FEWER_BYTES}', values)
    if health.thinning:
        message = f'{rate}, point decimation {health.thinning}'
        return NodeStatus('outputs', Level.OK, message, values)
    return NodeStatus('outputs', Level.OK, rate, values)


def model_status(description: PipelineDescription, health: Health) -> NodeStatus:
    """Return the diagnostics of networks, device and metric scale."""
    scale = health.scale or description.metric_scale
    values = {
        'network': description.network,
        'bundle': description.bundle,
        'weights': _weights(description),
        'device': description.device,
        **_engine(description),
        'metric scale': f'{scale.factor:g}',
        'metric scale is': 'metres per network unit' if scale.metric else 'a guess',
        'metric scale source': scale.source,
        **({'depth is': f'relative, {description.relative}'} if description.relative else {}),
    }
    if description.announcements:
        return NodeStatus('model', Level.WARN, '; '.join(description.announcements), values)
    return NodeStatus('model', Level.OK, description.bundle, values)


def calibration_status(health: Health, topic: str, received: int, silence: str) -> NodeStatus:
    """Return the diagnostics of camera_info, which is reported missing only once there are images.

    Args:
        health: Health of the node.
        topic: Resolved name.
        received: Number of messages received.
        silence: Why none arrives, if one is overdue.
    """
    totals = health.totals.snapshot()
    values = {
        'topic': topic,
        'received': str(received > 0).lower(),
        'messages': str(received),
        **{f'unusable: {reason}': str(n) for reason, n in health.bad_infos.snapshot().items()},
    }
    if not received and totals.get('received'):
        message = f'none received on {topic}: no cloud and no odometry'
        return NodeStatus('camera_info', Level.WARN, f'{message}; {silence}'.strip('; '), values)
    if health.calibration:
        return NodeStatus('camera_info', Level.WARN, health.calibration, values)
    return NodeStatus('camera_info', Level.OK, 'received' if received else 'none yet', values)


def wheel_status(wheel: WheelInput, silence: str) -> NodeStatus:
    """Return the diagnostics of the wheel odometry for the scale."""
    values = {
        'topic': wheel.topic.topic,
        'messages': str(wheel.topic.count),
        **{f'refused: {reason}': str(n) for reason, n in wheel.refused.snapshot().items()},
    }
    if silence:
        return NodeStatus('wheel odometry', Level.WARN, silence, values)
    return NodeStatus('wheel odometry', Level.OK, 'received', values)


def transforms_status(values: Mapping[str, str], missing: str) -> NodeStatus:
    """Return the diagnostics of the camera mounting on TF."""
    if missing:
        return NodeStatus('transforms', Level.WARN, missing, values)
    return NodeStatus('transforms', Level.OK, 'nothing missing', values)


def graph_status(conflicts: Sequence[str]) -> NodeStatus:
    """Return the diagnostics of conflicts with other nodes."""
    values = {f'conflict {number}': text for number, text in enumerate(conflicts, 1)}
    if conflicts:
        return NodeStatus('graph', Level.WARN, '; '.join(conflicts), values)
    return NodeStatus('graph', Level.OK, 'no other source of these outputs', values)


def odometry_status(
    health: Health, enabled: bool, wanted: bool, publish_tf: bool, frames: str
) -> NodeStatus:
    """Return the diagnostics of the motion estimate.

    Args:
        health: Health of the node.
        enabled: The parameter `odometry`.
        wanted: Whether the motion of the next frame will be estimated.
        publish_tf: The parameter.
        frames: Parent and child.
    """
    values = {'publish_tf': str(publish_tf).lower(), 'frames': frames}
    losses = health.odometry_losses.snapshot()
    values |= {contract.ODOMETRY_LOST_PREFIX + kind: str(n) for kind, n in losses.items()}
    withheld = health.withheld.get('odometry') or health.withheld.get('tf')
    odometry = health.odometry
    if not enabled:
        return NodeStatus('odometry', Level.OK, 'switched off', values)
    if not wanted:
        return NodeStatus('odometry', Level.OK, NOT_REQUESTED, values | {'state': 'not requested'})
    if withheld:
        return NodeStatus('odometry', Level.WARN, withheld, values | {'state': 'withheld'})
    if odometry is None:
        return NodeStatus('odometry', Level.OK, 'no frame yet', values | {'state': 'waiting'})
    values |= {
        'state': odometry.state,
        'position sigma (m)': f'{odometry.pose_covariance[0, 0] ** 0.5:.3f}',
    }
    if health.mount:
        values |= {'camera mount': health.mount.text, 'remedy': health.mount.advice}
    if odometry.state == 'lost':
        return NodeStatus('odometry', Level.WARN, f'lost: {odometry.reason}', values)
    if health.mount:
        return NodeStatus('odometry', Level.WARN, health.mount.text, values)
    return NodeStatus('odometry', Level.OK, odometry.state, values)


def _latency(window: Window) -> dict[str, str]:
    found, values = window.percentiles(), _percentiles('stamp to publish', window)
    if found is not None and abs(found.p50) > ANOTHER_TIME_MS:
        values['stamps'] = (
            f'{found.p50 * 1e-3:.0f} s behind the clock of this node: recorded data without '
            'use_sim_time and /clock?'
        )
    return values


def _percentiles(name: str, window: Window) -> dict[str, str]:
    percentiles = window.percentiles()
    if percentiles is None:
        return {}
    return {
        f'{name} p50 (ms)': f'{percentiles.p50:.2f}',
        f'{name} p95 (ms)': f'{percentiles.p95:.2f}',
        f'{name} p99 (ms)': f'{percentiles.p99:.2f}',
    }


def _engine(description: PipelineDescription) -> dict[str, str]:
    """Return what runs each network and how well it agrees with PyTorch."""
    if description.network == 'passthrough':
        return {}
    report = description.engine
    return {
        'engine': report.summary,
        **{f'engine of {name}': str(engine) for name, engine in report.engines.items()},
        **{f'engine check of {name}': text for name, text in report.checks.items()},
        **{f'engine note {number}': text for number, text in enumerate(report.notes, 1)},
    }


def _weights(description: PipelineDescription) -> str:
    if description.network == 'passthrough':
        return 'none'
    return 'trained' if description.trained else 'untrained'
