# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of a running graph: why outputs are missing, and where the data stop."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.wire_text import listed
from thermal_depth_ros.doctor.finding import Finding, fail, ok, warn
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.geometry.mount import mount_problem
from thermal_depth_ros.nodes.camera.health import REPLACED, counted
from thermal_depth_ros.nodes.tools.graph_view import CameraNode, Endpoint, GraphView, InputCounts

_IMAGES = (contract.IMAGE, contract.COMPRESSED_IMAGE)
_MOST_SHOWN = 4  # nodes or topics named in one sentence


def graph(view: GraphView) -> Iterator[Finding]:
    """Check every camera node, its inputs and its subscribers."""
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
        yield from _base_sources(view, camera)
    yield from _mismatches(view)
    yield from _reports(view)


def _state(camera: CameraNode) -> Finding:
    if camera.state is None:
        return warn(camera.name, 'does not report its lifecycle state', 'is it busy or gone?')
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
            f'use_sim_time is true, but {contract.CLOCK_TOPIC} has no publisher',
            'play the recording with its clock, or set use_sim_time to false',
        )
    elif camera.uses_sim_time is False and clocks:
        yield warn(
            f'{camera.name} time',
            f'use_sim_time is false while {", ".join(clocks)} publishes {contract.CLOCK_TOPIC}',
            'start the node with use_sim_time:=true to play a recording',
        )


def _inputs(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    for subscription in _input_side(view, camera):
        topic, publishers = subscription.topic, view.publishers(subscription.topic)
        heard = view.heard_by(subscription)
        foreign = [e for e in publishers if e.type != subscription.type]
        if heard:
            yield ok(topic, f'{camera.name} receives {_described(heard)}')
        if foreign:
            types = ', '.join(sorted({e.type for e in foreign}))
            yield warn(
                topic,
                f'{camera.name} subscribes to {subscription.type}, but it is published as {types} '
                f'by {_described(foreign)}',
                'choose another topic by a remapping, or image_transport',
            )
        if len(heard) > 1 and subscription.type in _IMAGES:
            yield warn(
                topic,
                f'images of {len(heard)} publishers are mixed: {_described(heard)}',
                'stop all but one, or remap them to separate topics',
            )
        if not publishers:
            yield _unpublished(camera, subscription)


def _unpublished(camera: CameraNode, subscription: Endpoint) -> Finding:
    topic = subscription.topic
    if subscription.type == contract.CAMERA_INFO:
        return warn(
            topic,
            'missing camera_info: it has no publisher; '
            'depth continues, cloud and odometry need the intrinsics',
            'publish it with the image, with the same frame_id',
        )
    base = topic.removesuffix('/compressed')
    return warn(
        topic,
        f'no publisher for this input of {camera.name}',
        f'remap it to the driver: --ros-args -r {base}:=/the/drivers/topic',
    )


def _described(publishers: list[Endpoint]) -> str:
    return listed((f'{e.node} ({e.qos})' for e in publishers), _MOST_SHOWN)


def _input_side(view: GraphView, camera: CameraNode) -> list[Endpoint]:
    """Return one subscription for each input topic; a node may have several of a topic."""
    wanted = (*_IMAGES, contract.CAMERA_INFO, contract.ODOMETRY)
    by_topic = {e.topic: e for e in view.of_node(camera.name, publishes=False) if e.type in wanted}
    return [by_topic[topic] for topic in sorted(by_topic)]


def _outputs(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    types = {output.type for kind in contract.OUTPUTS.values() for output in kind.values()}
    own = {e.topic for e in view.of_node(camera.name, publishes=True) if e.type in types}
    listened = sorted(t for t in own if any(e.node != camera.name for e in view.subscriptions(t)))
    if own:
        text = f'{len(own)} topics; subscribed: {", ".join(listened) or "none"}'
        yield ok(f'{camera.name} outputs', text)
    yield from _doubled_outputs(view, camera, own)


def _doubled_outputs(view: GraphView, camera: CameraNode, own: set[str]) -> Iterator[Finding]:
    """Name the nodes that publish outputs of a camera node as well; TF has many publishers."""
    doubled: defaultdict[str, list[str]] = defaultdict(list)
    for topic in sorted(own):
        publishers = view.publishers(topic)
        if len(publishers) > 1 and publishers[0].type != contract.TF_MESSAGE:
            names = [e.node for e in publishers]
            names.remove(camera.name)
            doubled[_named(names, camera.name)].append(topic)
    for who, topics in doubled.items():
        yield fail(
            f'{camera.name} outputs',
            f'{listed(topics, _MOST_SHOWN)}: published by {who} as well',
            'is it a second vehicle in this ROS_DOMAIN_ID? Stop it, or give it its own '
            'namespace or domain (a killed node remains visible for another 20 s)',
        )


def _named(names: Iterable[str], own: str) -> str:
    return listed(
        (f'another node named {n}' if n == own else n for n in sorted(names)), _MOST_SHOWN
    )


def _base_sources(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    """Name other sources of the transform of the base frame, which this node broadcasts."""
    tf = [
        e.topic for e in view.of_node(camera.name, publishes=True) if e.type == contract.TF_MESSAGE
    ]
    if not (tf and camera.base_frame and camera.publishes_tf):
        return
    for transform in dict.fromkeys(t for t in view.transforms if t.child == camera.base_frame):
        own = transform.topic in tf and transform.parent == camera.odom_frame
        if own and not transform.several_senders:
            continue
        others = [e.node for e in view.publishers(transform.topic)]
        if transform.topic in tf:
            others.remove(camera.name)
        if not others:
            continue  # it has left
        yield fail(
            f'TF {transform.parent} -> {camera.base_frame}',
            f'{camera.name} broadcasts the pose of {camera.base_frame}, and on {transform.topic} '
            f'{"" if len(others) == 1 else "one of "}{_named(others, camera.name)} does as well',
            'set publish_tf to false here or there, or base_frame to the root of the robot',
        )


def _base_frame(view: GraphView, camera: CameraNode) -> Iterator[Finding]:
    if not camera.base_frame:
        return
    for topic in (e.topic for e in _input_side(view, camera) if e.type == contract.CAMERA_INFO):
        frame = view.camera_frames.get(topic)
        name = f'TF {camera.base_frame} <- {frame or "camera"}'
        if frame is None:
            yield from _silent_camera_info(view, topic, name)
        elif view.connected(camera.base_frame, frame):
            yield _mount(view, camera.base_frame, frame, name)
        else:
            tf = [e for e in view.endpoints if e.publishes and e.type == contract.TF_MESSAGE]
            senders = listed((f'{e.node} on {e.topic} ({e.qos})' for e in tf), _MOST_SHOWN)
            yield warn(
                name,
                'no transform connects them; there is no odometry in the base frame. '
                f'Publishers of TF: {senders}',
                'publish the camera mount: ros2 run tf2_ros static_transform_publisher '
                f'--frame-id {camera.base_frame} --child-frame-id {frame} --x ...',
            )


def _mount(view: GraphView, base_frame: str, frame: str, name: str) -> Finding:
    """Report the camera mountings on TF."""
    try:
        T_base_optical = view.tree.lookup(base_frame, frame)
    except FrameError:
        return ok(name, 'connected')
    problem = mount_problem(T_base_optical, base_frame, frame)
    return warn(name, problem.text, problem.advice) if problem else ok(name, 'connected')


def _silent_camera_info(view: GraphView, topic: str, name: str) -> Iterator[Finding]:
    publishers = view.publishers(topic)
    if not publishers:
        return  # said among the inputs
    text = f'not checked: no message on {topic} while watching, published by '
    if any('transient local' in e.qos for e in publishers):
        yield warn(name, text + _described(publishers), 'is the driver running?')
    else:
        yield warn(
            name,
            text + _described(publishers),
            'if it is sent once, publish it latched (transient local) or with every image: a '
            'node that starts later does not receive it',
        )


def _mismatches(view: GraphView) -> Iterator[Finding]:
    cameras = {camera.name for camera in view.cameras}
    for mismatch in view.mismatches:
        make = fail if cameras & {mismatch.publisher, mismatch.subscription} else warn
        yield make(
            f'QoS {mismatch.topic}',
            f'{mismatch.publisher} -> {mismatch.subscription}: incompatible: {mismatch.reason}',
            'change one side, for a camera node by a qos_overrides parameter',
        )
    if view.endpoints and not view.mismatches:
        topics = len({e.topic for e in view.endpoints})
        yield ok('QoS', f'every publisher matches every subscription on {topics} topics')


def _frames(counts: InputCounts) -> Iterator[Finding]:
    bad = {reason: count for reason, count in counts.dropped.items() if reason != REPLACED}
    if bad:
        last = f'; the last: {counts.last_bad_frame}' if counts.last_bad_frame else ''
        text = f'{sum(bad.values())} of {counts.received} frames are bad: {counted(bad)}{last}'
        yield warn(f'{counts.name} frames', text)


def _reports(view: GraphView) -> Iterator[Finding]:
    for counts in view.input_counts:
        yield from _frames(counts)
    for report in view.reports:
        yield warn(report.name, f'reports {report.level}: {report.message}')
