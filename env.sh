# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
#
# Enters the environment that `make setup` prepared: `. ./env.sh`, from bash, zsh, dash or another
# POSIX shell, in any folder. Sourcing it again changes nothing. It sets
#   PATH, PYTHONPATH, AMENT_PREFIX_PATH, LD_LIBRARY_PATH   python, thermal-depth and the packages
#   VIRTUAL_ENV                                            the virtual environment
# and, without a ROS install underneath,
#   _ROS_WHEELS_BOOTSTRAP_COMPLETE   says that LD_LIBRARY_PATH is set (else Python starts twice)
#   ROS_AUTOMATIC_DISCOVERY_RANGE    LOCALHOST unless set: a workstation does not join the robots
#                                    of its network by accident. On a ROS install it is left alone.
# and, where shared memory has room and neither they nor FASTDDS_BUILTIN_TRANSPORTS is set,
#   FASTRTPS_DEFAULT_PROFILES_FILE, FASTDDS_DEFAULT_PROFILES_FILE   config/fastdds.xml: publishers
#                                    started here can hand whole images to best-effort readers.
# shellcheck shell=sh

# Puts a folder first in a search path, once.
_tdr_first() {
    eval "_tdr_rest=\":\${$1-}:\""
    while :; do
        case $_tdr_rest in
            *":$2:"*) _tdr_rest="${_tdr_rest%%":$2:"*}:${_tdr_rest#*":$2:"}" ;;
            *) break ;;
        esac
    done
    _tdr_rest=${_tdr_rest#:}
    _tdr_rest=${_tdr_rest%:}
    eval "$1=\$2\${_tdr_rest:+:\$_tdr_rest}; export $1"
}

# Prints the folder of this file; a POSIX shell other than bash and zsh cannot know it, so there it
# is looked for from the current folder upwards.
_tdr_find_checkout() (
    here=$PWD
    if [ -n "${BASH_VERSION-}" ]; then
        eval 'here=$(dirname -- "${BASH_SOURCE[0]}")'
    elif [ -n "${ZSH_VERSION-}" ]; then
        here=$(dirname -- "$_tdr_zsh_file")
    fi
    here=$(CDPATH='' cd -- "$here" && pwd -P) || exit
    while [ ! -f "$here/resource/thermal_depth_ros" ]; do
        [ "$here" != / ] || exit
        here=$(dirname -- "$here")
    done
    printf '%s\n' "$here"
)

_tdr_enter() {
    _tdr_here=$(_tdr_find_checkout)
    if [ -z "$_tdr_here" ]; then
        _tdr_say 'this shell cannot tell where env.sh lies: cd to the checkout first'
        return 1
    fi
    if [ ! -f "$_tdr_here/.env/entry.sh" ]; then
        _tdr_say "not set up yet: run  make -C '$_tdr_here' setup"
        return 1
    fi
    . "$_tdr_here/.env/entry.sh"
    if [ "$_tdr_checkout" != "$_tdr_here" ] || [ ! -f "$_tdr_environment/complete" ]; then
        _tdr_say "the checkout was moved or its environment removed: run  make -C '$_tdr_here' setup"
        return 1
    fi
    if [ "$_tdr_ros_distro" != "${ROS_DISTRO-}" ]; then
        _tdr_say "set up with ROS_DISTRO='$_tdr_ros_distro', this shell has '${ROS_DISTRO-}':" \
            "source that ROS install, or run  make -C '$_tdr_here' setup"
        return 1
    fi
    if [ "$_tdr_here/requirements/constraints.txt" -nt "$_tdr_here/.env/entry.sh" ]; then
        _tdr_say "the lock file is newer than the environment: run  make -C '$_tdr_here' setup"
    fi
    _tdr_venv=$_tdr_environment/venv
    _tdr_first PATH "$_tdr_venv/bin"
    _tdr_first PATH "$_tdr_here/.env/bin"
    _tdr_first PYTHONPATH "$_tdr_overlay_modules"
    _tdr_first PYTHONPATH "$_tdr_here/.env/python"
    if [ -z "$_tdr_ros_distro" ]; then
        _tdr_first AMENT_PREFIX_PATH "$_tdr_venv"
        _tdr_first LD_LIBRARY_PATH "$_tdr_venv/lib"
        export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
        export ROS_AUTOMATIC_DISCOVERY_RANGE="${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}"
    fi
    _tdr_large_messages "$_tdr_here/config/fastdds.xml"
    _tdr_first AMENT_PREFIX_PATH "$_tdr_environment/overlay"
    _tdr_first AMENT_PREFIX_PATH "$_tdr_here/install/thermal_depth_ros"
    _tdr_first LD_LIBRARY_PATH "$_tdr_environment/overlay/lib"
    export VIRTUAL_ENV="$_tdr_venv"
}

# Fast DDS gives a sender 512 KiB of shared memory by default; most larger images get lost on the
# way. The nodes do the same for themselves (nodes/transport.py).
_tdr_large_messages() {
    [ -z "${FASTRTPS_DEFAULT_PROFILES_FILE-}${FASTDDS_DEFAULT_PROFILES_FILE-}" ] || return 0
    [ -z "${FASTDDS_BUILTIN_TRANSPORTS-}" ] || return 0
    _tdr_free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    [ "${_tdr_free:-0}" -ge 524288 ] || return 0
    export FASTRTPS_DEFAULT_PROFILES_FILE="$1" FASTDDS_DEFAULT_PROFILES_FILE="$1"
}

_tdr_say() {
    printf 'env.sh: %s\n' "$*" >&2
}

[ -z "${ZSH_VERSION-}" ] || eval '_tdr_zsh_file=${(%):-%x}'
_tdr_enter
_tdr_status=$?
unset -f _tdr_first _tdr_find_checkout _tdr_enter _tdr_large_messages _tdr_say
unset _tdr_free
unset _tdr_rest _tdr_here _tdr_venv _tdr_zsh_file _tdr_checkout _tdr_environment
unset _tdr_overlay_modules _tdr_ros_distro
# The status of the file is the status of this last command, with no variable left behind.
eval "unset _tdr_status; [ $_tdr_status -eq 0 ]"
