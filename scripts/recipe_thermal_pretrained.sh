#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# A thermal bundle from ImageNet features: synthetic drives, training, evaluation on other drives.
# models/thermal_default does not come from here yet, but from recipe_thermal.sh. `make
# recipe-thermal-pretrained` runs it in the environment of the package. Finished steps are skipped,
# and interrupted trainings resume. RECIPE_OUT chooses the folder [out].
set -eu

out=${RECIPE_OUT:-out}
. "$(dirname -- "$0")/pretrained_steps.sh"
lean='--rgb-width 16 --rgb-height 16 --rgb-rate-hz 1' # the RGB camera is not used

folder=$out/drives_pretrained
mkdir -p "$folder"
imagenet_weights
# shellcheck disable=SC2086
drives "$folder/train" --count 80 --seed 1000 --duration-s 10 $lean # at 320x256
# shellcheck disable=SC2086
drives "$folder/test" --count 8 --seed 2000 --duration-s 10 $lean

held_out="$folder/train/seed_1078 $folder/train/seed_1079"
set --
for drive in "$folder"/train/seed_*; do
    case " $held_out " in *" $drive "*) ;; *) set -- "$@" "$drive" ;; esac
done
# Features of ImageNet stay frozen in stage one; stage two adds adapters; then motion alone.
# shellcheck disable=SC2086
thermal-depth train --config config/training/thermal_pretrained.yaml \
    --output "$out/thermal_pretrained" --bags "$@" --validation-bags $held_out

thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/thermal_pretrained/bundle" \
    -o "$out/thermal_pretrained/evaluation"
thermal-depth evaluate "$folder"/test/seed_* --bundle "$out/thermal_pretrained/bundle" \
    --min-turn 20 -o "$out/thermal_pretrained/evaluation_turns"
