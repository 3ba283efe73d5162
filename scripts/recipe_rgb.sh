#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# How models/rgb_default was made: synthetic drives by day and by night, translation, teachers,
# training, evaluation on other drives. `make recipe-rgb` runs it in the environment of the package.
# What is done already is not done again, and what was interrupted goes on. RECIPE_OUT chooses the
# folder [out].
set -eu

out=${RECIPE_OUT:-out}
drives=$out/drives_rgb
lean='--thermal-width 16 --thermal-height 16 --thermal-rate-hz 1' # nobody looks at that camera

drives() { # FOLDER OPTIONS...: simulate drives, unless all of them are there
    folder=$1
    shift
    [ -e "$folder.complete" ] && return
    # shellcheck disable=SC2086
    thermal-depth simulate -o "$folder" --force "$@" $lean
    touch "$folder.complete"
}

of() { # FOLDER FIRST COUNT: name so many drives
    seq "$2" $(($2 + $3 - 1)) | sed "s|^|$drives/$1/seed_|"
}

mkdir -p "$drives"
drives "$drives/day" --light day --count 62 --seed 5000 --duration-s 8 --rgb-width 160 --rgb-height 96
drives "$drives/night" --light night --count 62 --seed 6000 --duration-s 8 --rgb-width 160 --rgb-height 96
drives "$drives/test_day" --light day --count 4 --seed 7000 --duration-s 10 --rgb-width 320 --rgb-height 192
drives "$drives/test_night" --light night --count 4 --seed 7100 --duration-s 10 --rgb-width 320 --rgb-height 192

day=$(of day 5000 60)
night=$(of night 6000 60)
day_held_out=$(of day 5060 2)
night_held_out=$(of night 6060 2)
images='--image-topic /rgb/image_raw --width 160 --height 96'

# shellcheck disable=SC2046
thermal-depth train --config config/training/rgb_default_translation.yaml \
    --output "$out/rgb_default_translation" \
    --bags $(of day 5000 20) --night-bags $(of night 6000 20)
# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_default_teacher.yaml \
    --max-zoom 1.15 --epochs 6 --max-steps 1566 --learning-rate 1e-3 --warmup-steps 100 \
    --output "$out/rgb_default_teacher_first" --bags $day --validation-bags $day_held_out
# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_default_teacher.yaml \
    --start-bundle "$out/rgb_default_teacher_first/bundle" \
    --output "$out/rgb_default_teacher" --bags $day --validation-bags $day_held_out

translation=$out/rgb_default_translation/bundle
# shellcheck disable=SC2086
thermal-depth translate --bundle "$translation" --bags $day $images \
    --sheet "$out/rgb_default_translation/night.png"
# shellcheck disable=SC2086
thermal-depth translate --bundle "$translation" --bags $night $images --direction night_to_day \
    --sheet "$out/rgb_default_translation/day.png"
# shellcheck disable=SC2086
thermal-depth label --bags $day $images --teacher truth --corruption.boundary-px 1 \
    --depth-teacher "$out/rgb_default_teacher/bundle" --sheet "$out/rgb_default_teacher/labels_day.png"
# shellcheck disable=SC2086
thermal-depth label --bags $night $images --teacher truth --corruption.boundary-px 1 \
    --sheet "$out/rgb_default_teacher/labels_night.png"

# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_default.yaml \
    --start-bundle "$out/rgb_default_teacher/bundle" --output "$out/rgb_default" \
    --bags $day --validation-bags $day_held_out \
    --night-bags $night --night-validation-bags $night_held_out
# The same without any night: what the night is good for.
# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_default.yaml \
    --real-night false --synthetic-night false \
    --start-bundle "$out/rgb_default_teacher/bundle" --output "$out/rgb_default_day_only" \
    --bags $day --validation-bags $day_held_out \
    --night-bags $night --night-validation-bags $night_held_out

for model in rgb_default rgb_default_day_only; do
    for light in day night; do
        thermal-depth evaluate "$drives/test_$light"/seed_* --bundle "$out/$model/bundle" \
            -o "$out/$model/evaluation_$light"
    done
done
