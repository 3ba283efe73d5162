# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conclusions about a running graph: why nothing is published, and where the data end."""

from collections.abc import Iterator

from thermal_depth_ros import contract
from thermal_depth_ros.doctor.finding import Finding, fail, ok, warn
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.geometry.mount import mount_problem
from thermal_depth_ros.nodes.graph_view import CameraNode, Endpoint, GraphView

_IMAGES = (contract.IMAGE, contract.COMPRESSED_IMAGE)


def graph(view: GraphView) -> Iterator[Finding]:
    """Check every camera node, what it hears and who hears it."""
    if not view.cameras:
        yield warn(
            'camera nodes',
            f'none is running ({len({e.node for e in view.endpoints})} other nodes seen)',
            'start one (thermal-depth vehicle), or set ROS_DOMAIN_ID to where it runs',
        )
    for camera in view.cameras:
        yield _state(camera)
        yield from _time(view, camera)
        yield from _inputs(view, camera)
        yield from _outputs(view, camera)
        yield from _base_frame(view, camera)
    yield from _mismatches(view)
    yield from _reports(view)


def _state(camera: CameraNode) -> Finding:
    if camera.state is None:
        return warn(camera.name, 'does not answer for its lifecycle state', 'is it busy or gone?')
    if camera.state == 'active':
        return ok(camera.name, 'active')
    change = 'configure' if camera.state == 'unconfigured' else 'activate'
    return warn(
        camera.name,
        f'is {camera.state}; it publishes nothing',
        f'see its log, then: ros2 lifecycle set {camera.name} {change}',
    )


def _time(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    clocks = [e.node for e in view.publishers(contract.CLOCK_TOPIC)]
    if camera.uses_sim_time and not clocks:
        yield warn(
            f'{camera.name} time',
            f'use_sim_time is true and nobody publishes {contract.CLOCK_TOPIC}',
            'play the recording with its clock, or set use_sim_time to false',
        )
    elif camera.uses_sim_time is False and clocks:
        yield warn(
            f'{camera.name} time',
            f'use_sim_time is false while {", ".join(clocks)} publishes {contract.CLOCK_TOPIC}',
            'start the node with use_sim_time:=true beside a recording',
        )


def _inputs(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    for subscription in _image_side(view, camera):
        publishers = view.publishers(subscription.topic)
        if publishers:
            heard = ', '.join(f'{e.node} ({e.qos})' for e in publishers)
            yield ok(subscription.topic, f'{camera.name} hears {heard}')
        elif subscription.type == contract.CAMERA_INFO:
            yield warn(
                subscription.topic,
                'missing camera_info: nobody publishes it; '
                'depth goes on, cloud and odometry need the intrinsics',
                'publish it beside the image, with the same frame_id',
            )
        else:
            yield warn(
                subscription.topic,
                f'nobody publishes what {camera.name} listens to',
                f'remap it to the driver: --ros-args -r {subscription.topic}:=/the/drivers/topic',
            )


def _image_side(view: GraphView, camera: CameraNode) -> list[Endpoint]:
    wanted = (*_IMAGES, contract.CAMERA_INFO)
    subscriptions = view.of_node(camera.name, publishes=False)
    return sorted((e for e in subscriptions if e.type in wanted), key=lambda e: e.topic)


def _outputs(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    types = {output.type for kind in contract.OUTPUTS.values() for output in kind.values()}
    own = {e.topic for e in view.of_node(camera.name, publishes=True) if e.type in types}
    listened = sorted(t for t in own if any(e.node != camera.name for e in view.subscriptions(t)))
    if own:
        text = f'{len(own)} topics; subscribed: {", ".join(listened) or "none"}'
        yield ok(f'{camera.name} outputs', text)


def _base_frame(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    if not camera.base_frame:
        return
    for topic in (e.topic for e in _image_side(view, camera) if e.type == contract.CAMERA_INFO):
        frame = view.camera_frames.get(topic)
        name = f'TF {camera.base_frame} <- {frame or "camera"}'
        if frame is None:
            if view.publishers(topic):
                yield warn(name, f'not checked: no message on {topic} while watching')
        elif view.connected(camera.base_frame, frame):
            yield _mount(view, camera.base_frame, frame, name)
        else:
            yield warn(
                name,
                'no transform joins them; there is no odometry in the base frame',
                'publish the camera mount: ros2 run tf2_ros static_transform_publisher '
                f'--frame-id {camera.base_frame} --child-frame-id {frame} --x ...',
            )


def _mount(view: GraphView, base_frame: str, frame: str, name: str) -> Finding:
    """Say that TF places a camera, and whether any camera sits there."""
    try:
        T_base_optical = view.tree.lookup(base_frame, frame)
    except FrameError:
        return ok(name, 'connected')
    problem = mount_problem(T_base_optical, base_frame, frame)
    return warn(name, problem.text, problem.advice) if problem else ok(name, 'connected')


def _mismatches(view: GraphView) -> Iterator[Finding]:
    cameras = {camera.name for camera in view.cameras}
    for mismatch in view.mismatches:
        make = fail if cameras & {mismatch.publisher, mismatch.subscription} else warn
        yield make(
            f'QoS {mismatch.topic}',
            f'{mismatch.publisher} -> {mismatch.subscription}: no messages pass: {mismatch.reason}',
            'change one side, for a camera node by a qos_overrides parameter',
        )
    if view.endpoints and not view.mismatches:
        topics = len({e.topic for e in view.endpoints})
        yield ok('QoS', f'every publisher matches every subscription on {topics} topics')


def _reports(view: GraphView) -> Iterator[Finding]:
    for report in view.reports:
        yield warn(report.name, f'reports {report.level}: {report.message}')
