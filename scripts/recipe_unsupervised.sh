#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# Depth and motion from thermal images alone, without poses or depth: ImageNet features, 62 synthetic
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
materials
# shellcheck disable=SC2086
{
    drives "$folder/train" --count 64 --seed 3000 --duration-s 12 $lean
    drives "$folder/val" --count 2 --seed 3064 --duration-s 12 $lean
    drives "$folder/test" --count 8 --seed 2000 --duration-s 10 $lean
}

train_drives() { # COUNT: name so many, but those of the demo
    of train 3000 64 | grep -v 'seed_3021$\|seed_3047$' | head -n "$1"
}

train() { # NAME DRIVES OPTIONS...
    name=$1
    count=$2
    shift 2
    # shellcheck disable=SC2046
    thermal-depth train --config config/training/unsupervised_video.yaml --output "$out/$name" \
        --bags $(train_drives "$count") --validation-bags $(of val 3064 2) "$@"
}

train unsupervised_1 32
# The auto-mask shows a new pose network the way, as it leaves out what does not move as expected; but
# pixels that a wrong rotation spoils are left out, too. Once the way is found, all of them count, until
# rotations are right. At last it is on again, as a vehicle ahead that keeps its distance looks far away.
train unsupervised_2 62 --start-bundle "$out/unsupervised_1/bundle" --encoder-weights '' \
    --auto-mask false --ground-steps 0 --stage1-epochs 6 --schedule cosine
train unsupervised_3 62 --start-bundle "$out/unsupervised_2/bundle" --encoder-weights '' \
    --ground-steps 0 --stage1-epochs 2 --schedule cosine --learning-rate 2e-4
train unsupervised 62 --start-bundle "$out/unsupervised_3/bundle" --encoder-weights '' \
    --ground-steps 0 --frame-interval 1 --stage1-epochs 0 --stage2-epochs 1 \
    --learning-rate 1e-4 --schedule cosine --warmup-steps 20

thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/unsupervised/bundle" \
    -o "$out/unsupervised/evaluation"
thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/unsupervised/bundle" \
    --min-turn 20 -o "$out/unsupervised/evaluation_turns"
