#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# How models/rgb_default was made: ImageNet features, synthetic drives of many cameras by day and by
# night, labels, training, evaluation on other drives. `make recipe-rgb` runs it in the environment of
# the package. Finished steps are skipped, and interrupted ones resume. RECIPE_OUT chooses the folder
# [out]; RECIPE_REAL names recordings of an RGB-D camera with poses on /ground_truth/odometry, a space
# after each. They join the training: their views are compared, while drives teach true depth.
set -eu

out=${RECIPE_OUT:-out}
. "$(dirname -- "$0")/recipe_steps.sh"
folder=$out/drives_rgb
# The thermal camera is not used.
rgb='--duration-s 8 --rgb-width 320 --rgb-height 192 --thermal-width 16 --thermal-height 16 --thermal-rate-hz 1'
many='--rgb-rate-hz 1.5 --randomise 1' # images of many cameras, which need not be consecutive
winding='--scene winding --textures photographs'

of() { # FOLDER FIRST COUNT: name so many drives
    seq "$2" $(($2 + $3 - 1)) | sed "s|^|$folder/$1/seed_|"
}

mkdir -p "$folder"
materials
# shellcheck disable=SC2086
{
    drives "$folder/day_a" --light day --count 200 --seed 5100 $many $rgb
    drives "$folder/day_b" --light day --count 200 --seed 5300 --textures photographs $many $rgb
    drives "$folder/night_a" --light night --count 140 --seed 6100 $many $rgb
    drives "$folder/night_b" --light night --count 140 --seed 6300 --textures photographs $many $rgb
    # Banks and open land beside the road, which the drives above do not have.
    drives "$folder/day_c" --light day --count 160 --seed 5800 \
        --embankments 1 --open-land 0.4 $winding $many $rgb
    drives "$folder/day_d" --light day --count 120 --seed 5960 \
        --embankments 0.3 --open-land 1 $winding $many $rgb
    drives "$folder/night_c" --light night --count 80 --seed 6700 \
        --embankments 0.7 --open-land 0.6 $winding $many $rgb
    drives "$folder/val_day" --light day --count 6 --seed 5600 $many $rgb
    drives "$folder/val_night" --light night --count 6 --seed 6600 $many $rgb
    drives "$folder/motion" --light day --count 40 --seed 5700 --randomise 0.5 $rgb
    drives "$folder/test_day" --light day --count 4 --seed 7000 $rgb
    drives "$folder/test_night" --light night --count 4 --seed 7100 $rgb
}

day="$(of day_a 5100 200) $(of day_b 5300 200)"
night="$(of night_a 6100 140) $(of night_b 6300 140)"
held_out=$(of val_day 5600 6)

label() { # NAME BAGS: label with the true classes
    # shellcheck disable=SC2086
    thermal-depth label --bags $2 --width 320 --height 192 --image-topic /rgb/image_raw \
        --teacher truth --label-topic /ground_truth/rgb/labels --name truth \
        --corruption.boundary-px 0 --corruption.confusion 0 --corruption.confidence-noise 0 \
        --sheet "$out/labels_$1.png"
}

more_day="$(of day_c 5800 160) $(of day_d 5960 120)"
more_night=$(of night_c 6700 80)

label day "$day"
label night "$night"
label more_day "$more_day"
label more_night "$more_night"

# Five times, because there are few real images.
real=${RECIPE_REAL:-}
real="$real $real $real $real $real"

# shellcheck disable=SC2046,SC2086
thermal-depth train --config config/training/rgb_default.yaml --output "$out/rgb_default_1" \
    --bags $day $real --validation-bags $held_out \
    --night-bags $night --night-validation-bags $(of val_night 6600 6)
# shellcheck disable=SC2046,SC2086
thermal-depth train --config config/training/rgb_default.yaml --output "$out/rgb_default_2" \
    --start-bundle "$out/rgb_default_1/bundle" --epochs 3 --learning-rate 6e-4 \
    --encoder-training frozen --encoder-weights '' \
    --bags $day $more_day $real --validation-bags $held_out \
    --night-bags $night $more_night --night-validation-bags $(of val_night 6600 6)
# Between the two, depth does better on real images than after the second alone; classes do not.
[ -e "$out/rgb_default_mean" ] || thermal-depth average "$out/rgb_default_1/bundle" \
    "$out/rgb_default_2/bundle" -o "$out/rgb_default_mean" --parts depthseg.depth_decoder
# shellcheck disable=SC2046,SC2086
thermal-depth train --config config/training/rgb_default_scales.yaml --output "$out/rgb_default_3" \
    --start-bundle "$out/rgb_default_mean" --bags $day $night \
    --validation-bags $held_out $(of val_night 6600 6)
# shellcheck disable=SC2046
thermal-depth train --config config/training/rgb_default_motion.yaml --output "$out/rgb_default" \
    --start-bundle "$out/rgb_default_3/bundle" --bags $(of motion 5700 38) \
    --validation-bags $(of motion 5738 2)

for light in day night; do
    thermal-depth evaluate "$folder/test_$light"/seed_* --bundle "$out/rgb_default/bundle" \
        -o "$out/rgb_default/evaluation_$light"
done
