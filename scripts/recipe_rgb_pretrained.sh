#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# An RGB bundle from ImageNet features: synthetic drives by day and by night, translation, teacher,
# training, evaluation on other drives. models/rgb_default does not come from here yet, but from
# recipe_rgb.sh. `make recipe-rgb-pretrained` runs it in the environment of the package. Finished
# steps are skipped, and interrupted ones resume. RECIPE_OUT chooses the folder [out].
set -eu

out=${RECIPE_OUT:-out}
. "$(dirname -- "$0")/pretrained_steps.sh"
folder=$out/drives_rgb_pretrained
# The thermal camera is not used.
rgb='--duration-s 8 --rgb-width 320 --rgb-height 192 --thermal-width 16 --thermal-height 16 --thermal-rate-hz 1'

of() { # FOLDER FIRST COUNT: name so many drives
    seq "$2" $(($2 + $3 - 1)) | sed "s|^|$folder/$1/seed_|"
}

mkdir -p "$folder"
imagenet_weights
# shellcheck disable=SC2086
{
    drives "$folder/day" --light day --count 306 --seed 5100 $rgb
    drives "$folder/night" --light night --count 306 --seed 6100 $rgb
    drives "$folder/test_day" --light day --count 4 --seed 7000 $rgb
    drives "$folder/test_night" --light night --count 4 --seed 7100 $rgb
}

day=$(of day 5100 300)
night=$(of night 6100 300)
day_held_out=$(of day 5400 6)
night_held_out=$(of night 6400 6)
images='--image-topic /rgb/image_raw --width 320 --height 192'

# shellcheck disable=SC2046
thermal-depth train --config config/training/rgb_default_translation.yaml --width 320 --height 192 \
    --output "$out/rgb_pretrained_translation" \
    --bags $(of day 5100 20) --night-bags $(of night 6100 20)

# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_pretrained_teacher.yaml \
    --output "$out/rgb_pretrained_teacher" --bags $day --validation-bags $day_held_out

translation=$out/rgb_pretrained_translation/bundle
# shellcheck disable=SC2086
thermal-depth translate --bundle "$translation" --bags $day $images \
    --sheet "$out/rgb_pretrained_translation/night.png"
# shellcheck disable=SC2086
thermal-depth translate --bundle "$translation" --bags $night $images --direction night_to_day \
    --sheet "$out/rgb_pretrained_translation/day.png"

label() { # LIGHT BAGS OPTIONS...: label with simulated errors, and according to the options
    light=$1
    bags=$2
    shift 2
    # shellcheck disable=SC2086
    thermal-depth label --bags $bags $images --teacher truth --corruption.boundary-px 0.6 \
        --sheet "$out/rgb_pretrained_teacher/labels_$light.png" "$@"
}

label day "$day" --depth-teacher "$out/rgb_pretrained_teacher/bundle"
label night "$night"

# shellcheck disable=SC2086
thermal-depth train --config config/training/rgb_pretrained.yaml --output "$out/rgb_pretrained" \
    --bags $day --validation-bags $day_held_out \
    --night-bags $night --night-validation-bags $night_held_out

for light in day night; do
    thermal-depth evaluate "$folder/test_$light"/seed_* --bundle "$out/rgb_pretrained/bundle" \
        -o "$out/rgb_pretrained/evaluation_$light"
done
