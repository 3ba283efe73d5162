#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# Depth and motion from thermal images alone, without poses or depth: random weights, 16 synthetic
# drives, both stages, evaluation on other drives. `make recipe-unsupervised` runs it in the
# environment of the package. Finished steps are skipped, and interrupted ones resume. RECIPE_OUT
# chooses the folder [out].
set -eu

out=${RECIPE_OUT:-out}
. "$(dirname -- "$0")/recipe_steps.sh"
folder=$out/drives_unsupervised
lean='--rgb-width 16 --rgb-height 16 --rgb-rate-hz 1' # the RGB camera is not used

of() { # FOLDER FIRST COUNT: name so many drives
    seq "$2" $(($2 + $3 - 1)) | sed "s|^|$folder/$1/seed_|"
}

mkdir -p "$folder"
# shellcheck disable=SC2086
{
    drives "$folder/train" --count 16 --seed 3000 --duration-s 12 $lean
    drives "$folder/val" --count 2 --seed 3016 --duration-s 12 $lean
    drives "$folder/test" --count 8 --seed 2000 --duration-s 10 $lean
}

train() { # NAME OPTIONS...
    name=$1
    shift
    # shellcheck disable=SC2046
    thermal-depth train --config config/training/unsupervised_video.yaml --output "$out/$name" \
        --bags $(of train 3000 16) --validation-bags $(of val 3016 2) "$@"
}

train unsupervised_1
train unsupervised --start-bundle "$out/unsupervised_1/bundle" \
    --stage1-epochs 0 --stage2-epochs 2 --learning-rate 1e-4 --schedule cosine --warmup-steps 20

thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/unsupervised/bundle" \
    -o "$out/unsupervised/evaluation"
thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/unsupervised/bundle" \
    --min-turn 20 -o "$out/unsupervised/evaluation_turns"
