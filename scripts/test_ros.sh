#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs the tests that need the tools of a ROS install: launch files under launch_pytest, and messages
# compared with sensor_msgs_py, cv_bridge and tf_transformations. These come from the sourced ROS install, or
# from ROS_OVERLAY, a folder of Python packages and an ament index (share/). Arguments go to pytest.
set -eu
if [ -n "${ROS_OVERLAY:-}" ]; then
    [ -d "$ROS_OVERLAY" ] || {
        echo "test-ros: ROS_OVERLAY: no folder $ROS_OVERLAY" >&2
        exit 2
    }
    PYTHONPATH=${PYTHONPATH:+$PYTHONPATH:}$ROS_OVERLAY
    AMENT_PREFIX_PATH=${AMENT_PREFIX_PATH:+$AMENT_PREFIX_PATH:}$ROS_OVERLAY
    export PYTHONPATH AMENT_PREFIX_PATH
fi
python3 -c 'import launch_pytest, launch_ros' 2>/dev/null || {
    echo 'test-ros: launch_pytest and launch_ros cannot be imported: source a ROS install (and run' \
        'make setup in that shell), or name a folder that has them with ROS_OVERLAY=FOLDER' >&2
    exit 2
}
exec python3 -m pytest test/launch test/messages/test_interop.py "$@"
