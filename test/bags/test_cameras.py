# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras are found by name, type and encoding; pictures of other origin are not cameras."""

import cv2
import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags.cameras import CameraStream, find_cameras, named_cameras, survey
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter

STORE = get_typestore(Stores.ROS2_JAZZY)
IMAGE, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
INFO = 'sensor_msgs/msg/CameraInfo'


def header():
    time = STORE.types['builtin_interfaces/msg/Time'](sec=1, nanosec=0)
    return STORE.types['std_msgs/msg/Header'](stamp=time, frame_id='f')


def image(encoding):
    data = np.zeros(32, np.uint8)
    return STORE.types[IMAGE](
        header=header(), height=2, width=4, encoding=encoding, is_bigendian=0, step=16, data=data
    )


def compressed(form, data=b'\xff\xd8\xff'):
    return STORE.types[COMPRESSED](header=header(), format=form, data=np.frombuffer(data, np.uint8))


def png(bits, colour):
    return b'\x89PNG\r\n\x1a\n' + bytes(16) + bytes([bits, colour]) + bytes(10)


def info():
    roi = STORE.types['sensor_msgs/msg/RegionOfInterest'](
        x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
    )
    return STORE.types[INFO](
        header=header(),
        height=2,
        width=4,
        distortion_model='',
        d=np.zeros(0),
        k=np.eye(3).ravel(),
        r=np.eye(3).ravel(),
        p=np.zeros(12),
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


@pytest.fixture
def recorded(tmp_path):
    """Write a recording with one message per topic and open it."""
    opened = []

    def make(topics):
        path = tmp_path / f'bag{len(opened)}'
        with RecordingWriter(path) as writer:
            for topic, message in topics.items():
                writer.write(topic, message.__msgtype__, message, 1)
        opened.append(Recording(path))
        return opened[-1]

    yield make
    for recording in opened:
        recording.close()


@pytest.mark.parametrize(
    ('topic', 'message', 'kind', 'prefix'),
    [
        ('/thermal/image_raw', image('mono16'), 'thermal', ''),
        ('/thermal/image_raw', image('mono8'), 'thermal', ''),
        ('/thermal/image_raw/compressed', compressed('mono8; jpeg compressed '), 'thermal', ''),
        ('/left/thermal/image_raw', image('16UC1'), 'thermal', '/left'),
        ('/flir_boson/image_raw', image('mono16'), 'thermal', '/flir_boson'),
        ('/optris/thermal_image', image('mono16'), 'thermal', '/optris/thermal_image'),
        ('/robot1/sensors/lwir/image_rect', image('mono8'), 'thermal', '/robot1/sensors/lwir'),
        ('/front/image_raw', image('mono16'), 'thermal', '/front'),
        ('/front/image_raw/compressed', compressed('mono16; png compressed '), 'thermal', '/front'),
        ('/front/image_raw/compressed', compressed('png', png(16, 0)), 'thermal', '/front'),
        ('/front/image_raw/compressed', compressed('png', png(8, 2)), 'rgb', '/front'),
        ('/front/image_rect/compressed', compressed('jpeg'), 'rgb', '/front'),
        ('/rgb/image_raw', image('bgr8'), 'rgb', ''),
        ('/camera/color/image_raw', image('rgb8'), 'rgb', '/camera/color'),
        ('/camera/image_color', image('bayer_rggb8'), 'rgb', '/camera'),
        ('/depth_camera/rgb/image_raw', image('rgb8'), 'rgb', '/depth_camera'),
        ('/ground_robot/image_raw', image('mono8'), 'rgb', '/ground_robot'),
        ('/cameras/front_left', image('yuv422_yuy2'), 'rgb', '/cameras/front_left'),
    ],
)
def test_cameras_are_recognised(recorded, topic, message, kind, prefix):
    (camera,) = find_cameras(recorded({topic: message}))
    assert (camera.kind, camera.prefix, camera.image_topic) == (kind, prefix, topic)
    assert camera.compressed == topic.endswith('compressed')
    assert camera.info_topic is None


@pytest.mark.parametrize(
    ('topic', 'message'),
    [
        ('/ground_truth/depth/compressed', compressed('16UC1; png compressed ')),
        ('/camera/depth/image_rect_raw', image('16UC1')),
        ('/camera/aligned_depth_to_color/image_raw', image('16UC1')),
        ('/oak/stereo/image_raw', image('16UC1')),
        ('/anything', image('32FC1')),
        ('/camera/ir/image_raw', image('32FC1')),
        ('/flir/image_raw', image('32FC1')),
        ('/camera/image_raw/compressedDepth', compressed('16UC1; compressedDepth')),
        ('/thermal/depth/image', image('32FC1')),
        ('/thermal/depth/colour', image('rgb8')),
        ('/rgb/semantic/image', image('mono8')),
        ('/rgb/semantic/overlay', image('rgb8')),
        ('/segmentation/mask', image('mono8')),
        ('/thermal/image_color', image('rgb8')),
    ],
)
def test_other_pictures_are_no_cameras_and_say_why(recorded, topic, message):
    found = survey(recorded({topic: message}))
    assert found.cameras == ()
    ((unused, reason),) = found.unused
    assert unused == topic and reason


def picture(colours, encoding='bgr8'):
    """Return an Image of pixels (H, W, 3)."""
    made = image(encoding)
    height, width = colours.shape[:2]
    made.height, made.width, made.step = height, width, colours[0].nbytes
    made.data = np.ascontiguousarray(colours).view(np.uint8).reshape(-1)
    return made


GREY = np.random.default_rng(0).integers(0, 256, (6, 8, 1), np.uint8).repeat(3, axis=2)


@pytest.mark.parametrize(
    'message',
    [
        picture(GREY),
        picture(GREY, 'rgb8'),
        picture(GREY.astype(np.uint16) * 256, 'bgr16'),
        compressed('bgr8; png compressed bgr8', cv2.imencode('.png', GREY)[1].tobytes()),
        compressed('bgr8; jpeg compressed bgr8', cv2.imencode('.jpg', GREY)[1].tobytes()),
    ],
)
def test_thermal_pictures_of_three_equal_channels_are_counts_and_it_is_reported(recorded, message):
    recording = recorded({'/thermal/image_raw': message})
    (camera,) = survey(recording).cameras
    assert camera.kind == 'thermal'
    find_cameras(recording)
    (note,) = recording.notes
    assert note.startswith('/thermal/image_raw: a thermal picture of channels (')
    assert 'that are equal' in note


def test_one_other_pixel_makes_it_a_coloured_picture(recorded):
    colours = GREY.copy()
    colours[3, 4, 1] ^= 1
    recording = recorded({'/thermal/image_raw': picture(colours)})
    found = survey(recording)
    assert found.cameras == () and not recording.notes
    assert 'not its counts' in found.unused[0][1]
    named_cameras(recording, [('thermal', '/thermal/image_raw')])
    assert 'not equal; their brightness is taken for counts' in recording.notes[0]


@pytest.mark.parametrize(('grey', 'kinds'), [(True, ['thermal']), (False, [])])
def test_brightness_with_colours_of_a_thermal_camera(recorded, grey, kinds):
    pairs = np.dstack([GREY[..., 0], np.full((6, 8), 128 if grey else 90, np.uint8)])
    recording = recorded({'/thermal/image_raw': picture(pairs, 'yuv422_yuy2')})
    assert [camera.kind for camera in survey(recording).cameras] == kinds


COLOURS = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ('topic', 'message', 'kind', 'said'),
    [
        ('/flir_camera/image_raw', picture(COLOURS), 'rgb', 'taken for rgb by its colours'),
        ('/flir_camera/image_raw', image('bayer_rggb8'), 'rgb', 'taken for rgb by its colours'),
        ('/flir_camera/image_raw', image('mono8'), 'rgb', '--thermal /flir_camera/image_raw'),
        ('/flir_camera/image_raw', image('mono16'), 'thermal', ''),
        ('/flir/image_raw', image('mono8'), 'thermal', '--rgb /flir/image_raw'),
        ('/flir/image_raw', image('mono16'), 'thermal', ''),
        ('/flir/image_raw', picture(COLOURS), 'rgb', 'taken for rgb by its colours'),
        ('/flir_boson/image_raw', image('mono8'), 'thermal', ''),
        ('/thermal/flir/image_raw', image('mono8'), 'thermal', ''),
        ('/flir/rgb/image_raw', image('mono8'), 'rgb', ''),
        ('/camera/ir/image_raw', image('mono8'), 'thermal', 'near infrared'),
        ('/thermal/image_raw', image('32FC1'), 'thermal', ''),
    ],
)
def test_a_name_that_does_not_tell_the_kind_says_what_the_choice_rests_on(
    recorded, topic, message, kind, said
):
    recording = recorded({topic: message})
    (camera,) = find_cameras(recording)
    assert camera.kind == kind
    assert [said in note for note in recording.notes] == ([True] if said else [])


def test_a_palette_topic_of_a_camera_with_counts_is_no_camera(recorded):
    found = survey(
        recorded({'/flir/image_raw': image('mono16'), '/flir/image_color': picture(COLOURS)})
    )
    assert [camera.image_topic for camera in found.cameras] == ['/flir/image_raw']
    assert found.unused == (
        ('/flir/image_color', 'a coloured picture of the camera of /flir/image_raw'),
    )


def test_camera_info_next_to_the_image_is_its_own(recorded):
    recording = recorded(
        {
            '/left/thermal/image_raw': image('mono16'),
            '/left/thermal/camera_info': info(),
            '/front/image_rect/compressed': compressed('jpeg'),
            '/front/camera_info': info(),
            '/cameras/rear': image('rgb8'),
            '/cameras/rear/camera_info': info(),
            '/right/thermal/image_raw': image('mono16'),
            '/right/camera_info': image('mono8'),
        }
    )
    infos = {camera.image_topic: camera.info_topic for camera in find_cameras(recording)}
    assert infos == {
        '/left/thermal/image_raw': '/left/thermal/camera_info',
        '/front/image_rect/compressed': '/front/camera_info',
        '/cameras/rear': '/cameras/rear/camera_info',
        '/right/thermal/image_raw': None,
        '/right/camera_info': None,
    }


def test_one_camera_in_several_topics_is_one_camera(recorded):
    recording = recorded(
        {
            '/cam/image_raw': image('bayer_rggb8'),
            '/cam/image_raw/compressed': compressed('jpeg'),
            '/cam/image_color': image('bgr8'),
            '/cam/image_rect': image('mono8'),
        }
    )
    found = survey(recording)
    assert [camera.image_topic for camera in found.cameras] == ['/cam/image_raw']
    assert all('same camera as /cam/image_raw' in reason for _, reason in found.unused)


def test_two_kinds_in_one_namespace_are_two_cameras(recorded):
    recording = recorded({'/cam/image_raw': image('mono16'), '/cam/image_color': image('rgb8')})
    assert [(c.kind, c.prefix) for c in find_cameras(recording)] == [
        ('rgb', '/cam'),
        ('thermal', '/cam'),
    ]


def test_named_cameras_win_over_what_names_say(recorded):
    recording = recorded({'/depth/image': image('16UC1'), '/rgb/image_raw': image('rgb8')})
    assert named_cameras(recording, [('thermal', '/depth/image')]) == [
        CameraStream('thermal', '/depth', '/depth/image', False, None)
    ]
    with pytest.raises(BagError, match='no topic /nothing'):
        named_cameras(recording, [('rgb', '/nothing')])


def test_topic_that_is_no_image_is_refused(recorded):
    with pytest.raises(BagError, match='/cam/camera_info is a sensor_msgs/msg/CameraInfo'):
        named_cameras(recorded({'/cam/camera_info': info()}), [('rgb', '/cam/camera_info')])


@pytest.mark.parametrize(
    ('name', 'cameras'),
    [
        ('aerial_thermal8', {('thermal', '', True)}),
        ('driving_lidar', {('rgb', p, True) for p in ('/front', '/front_left', '/front_right')}),
        (
            'driving_thermal16',
            {(kind, side, False) for kind in ('rgb', 'thermal') for side in ('/left', '/right')},
        ),
        ('handheld_rgbd', {('rgb', '', True)}),
        ('lepton_thermal16.bag', {('thermal', '', False)}),
    ],
)
def test_every_camera_of_the_real_recordings_is_found(shared_data, name, cameras):
    with Recording(shared_data / name) as recording:
        found = find_cameras(recording)
    assert {(c.kind, c.prefix, c.compressed) for c in found} == cameras
    assert len(found) == len(cameras)
