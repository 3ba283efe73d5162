#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# How models/thermal_default was made: ImageNet features, synthetic drives of many cameras, training of
# depth, then of motion, evaluation on other drives. `make recipe-thermal` runs it in the environment
# of the package. Finished steps are skipped, and interrupted ones resume. RECIPE_OUT chooses the
# folder [out].
set -eu

out=${RECIPE_OUT:-out}
. "$(dirname -- "$0")/recipe_steps.sh"
folder=$out/drives_thermal
lean='--rgb-width 16 --rgb-height 16 --rgb-rate-hz 1' # the RGB camera is not used
many='--duration-s 8 --thermal-rate-hz 1.5 --randomise 1' # images of many cameras

of() { # FOLDER FIRST COUNT: name so many drives
    seq "$2" $(($2 + $3 - 1)) | sed "s|^|$folder/$1/seed_|"
}

mkdir -p "$folder"
materials
# shellcheck disable=SC2086
{
    drives "$folder/depth_a" --count 200 --seed 1000 $many $lean
    drives "$folder/depth_b" --count 200 --seed 1200 --textures photographs $many $lean
    drives "$folder/val" --count 8 --seed 1900 $many $lean
    drives "$folder/motion" --count 164 --seed 1500 --duration-s 8 --randomise 0.7 $lean
    drives "$folder/test" --count 8 --seed 2000 --duration-s 10 $lean
}

depth() { # NAME OPTIONS...: train depth
    name=$1
    shift
    # shellcheck disable=SC2046
    thermal-depth train --config config/training/thermal_default.yaml --output "$out/$name" \
        --bags $(of depth_a 1000 200) $(of depth_b 1200 200) --validation-bags $(of val 1900 8) "$@"
}

# Twice: the second time at a rate that falls to 0 again, from where the first one ended.
depth thermal_default_1
depth thermal_default_2 --start-bundle "$out/thermal_default_1/bundle" --encoder-weights= \
    --learning-rate 6e-4 --stage1-epochs 5
# shellcheck disable=SC2046
thermal-depth train --config config/training/thermal_default_motion.yaml \
    --start-bundle "$out/thermal_default_2/bundle" --output "$out/thermal_default" \
    --bags $(of motion 1500 160) --validation-bags $(of motion 1660 4)

thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/thermal_default/bundle" \
    -o "$out/thermal_default/evaluation"
thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/thermal_default/bundle" \
    --min-turn 20 -o "$out/thermal_default/evaluation_turns"
