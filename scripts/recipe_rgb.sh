#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# How models/rgb_default was made: synthetic drives by day and by night, translation, teachers,
# training, evaluation on other drives. `make recipe-rgb` runs it in the environment of the package.
# Finished steps are skipped, and interrupted ones resume. RECIPE_OUT chooses the folder [out].
set -eu

out=${RECIPE_OUT:-out}
drives=$out/drives_rgb
lean='--thermal-width 16 --thermal-height 16 --thermal-rate-hz 1' # that camera is not used

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
# The network overfits to sixty drives; many more of them make depth generalise.
drives "$drives/more_day" --light day --count 304 --seed 5100 --duration-s 8 --rgb-width 160 --rgb-height 96
drives "$drives/more_night" --light night --count 304 --seed 6100 --duration-s 8 --rgb-width 160 --rgb-height 96
drives "$drives/test_day" --light day --count 4 --seed 7000 --duration-s 10 --rgb-width 320 --rgb-height 192
drives "$drives/test_night" --light night --count 4 --seed 7100 --duration-s 10 --rgb-width 320 --rgb-height 192

first_day=$(of day 5000 60)
day="$first_day $(of more_day 5100 300)"
night="$(of night 6000 60) $(of more_night 6100 300)"
day_held_out="$(of day 5060 2) $(of more_day 5400 4)"
night_held_out="$(of night 6060 2) $(of more_night 6400 4)"
images='--image-topic /rgb/image_raw --width 160 --height 96'

# shellcheck disable=SC2046
thermal-depth train --config config/training/rgb_default_translation.yaml \
    --output "$out/rgb_default_translation" \
    --bags $(of day 5000 20) --night-bags $(of night 6000 20)

teacher() { # NAME BAGS OPTIONS...: train a part of the daytime depth teacher
    name=$1
    bags=$2
    shift 2
    # shellcheck disable=SC2086
    thermal-depth train --config config/training/rgb_default_teacher.yaml \
        --output "$out/$name" --bags $bags --validation-bags $day_held_out "$@"
}

# The parts in the order in which the settings were found.
teacher rgb_default_teacher_1 "$first_day" --spacing-m 1.6 --spacing-max-m 0 --max-zoom 1.15 \
    --max-triplets 0 --epochs 6 --max-steps 1566 --learning-rate 1e-3 --warmup-steps 100 --pose-weight 1
teacher rgb_default_teacher_2 "$first_day" --start-bundle "$out/rgb_default_teacher_1/bundle" \
    --spacing-m 1.6 --spacing-max-m 0 --max-triplets 0 --epochs 3 --learning-rate 8e-4 --pose-weight 1
teacher rgb_default_teacher_3 "$first_day" --start-bundle "$out/rgb_default_teacher_2/bundle" \
    --max-triplets 0 --epochs 5 --learning-rate 6e-4
teacher rgb_default_teacher "$day" --start-bundle "$out/rgb_default_teacher_3/bundle"

translation=$out/rgb_default_translation/bundle
# shellcheck disable=SC2086
thermal-depth translate --bundle "$translation" --bags $day $images \
    --sheet "$out/rgb_default_translation/night.png"
# shellcheck disable=SC2086
thermal-depth translate --bundle "$translation" --bags $night $images --direction night_to_day \
    --sheet "$out/rgb_default_translation/day.png"

label() { # LIGHT BAGS OPTIONS...: label with simulated errors, and according to the options
    light=$1
    bags=$2
    shift 2
    # shellcheck disable=SC2086
    thermal-depth label --bags $bags $images --teacher truth --corruption.boundary-px 0.6 \
        --sheet "$out/rgb_default_teacher/labels_$light.png" "$@"
}

label day "$day" --depth-teacher "$out/rgb_default_teacher/bundle"
label night "$night"

# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_default.yaml --output "$out/rgb_default" \
    --bags $day --validation-bags $day_held_out \
    --night-bags $night --night-validation-bags $night_held_out

for light in day night; do
    thermal-depth evaluate "$drives/test_$light"/seed_* --bundle "$out/rgb_default/bundle" \
        -o "$out/rgb_default/evaluation_$light"
done
