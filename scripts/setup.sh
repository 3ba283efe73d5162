#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
#
# Finds a Python this project runs on and hands over to scripts/environment.
# THERMAL_DEPTH_PYTHON names an interpreter to use instead of python3.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
supported='import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))'

fits() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c "$supported" >/dev/null 2>&1
}

if [ -n "${THERMAL_DEPTH_PYTHON:-}" ]; then
    candidates=$THERMAL_DEPTH_PYTHON
elif [ -n "${ROS_DISTRO:-}" ]; then
    candidates=python3 # rclpy of a ROS install belongs to the system interpreter
else
    candidates='python3 python3.13 python3.12 python3.11 python3.14 python3.10'
fi

for python in $candidates; do
    if fits "$python"; then
        exec "$python" "$here/environment" "$@"
    fi
done

found=$(python3 -c 'import platform; print("Python " + platform.python_version())' 2>/dev/null) ||
    found='no python3'
echo "setup: Python 3.10 to 3.14 is needed ($found here): sudo apt install python3 python3-venv," \
    "or name an interpreter with THERMAL_DEPTH_PYTHON" >&2
exit 1
