#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# How models/thermal_default was made: synthetic drives, training, evaluation on other drives.
# `make recipe-thermal` runs it in the environment of the package. What is done already is not done
# again, and a training that was interrupted goes on. RECIPE_OUT chooses the folder [out].
set -eu

out=${RECIPE_OUT:-out}
lean='--rgb-width 16 --rgb-height 16 --rgb-rate-hz 1' # nobody looks at the RGB camera
small='--thermal-width 160 --thermal-height 128'

drives() { # FOLDER OPTIONS...: simulate drives, unless all of them are there
    folder=$1
    shift
    [ -e "$folder.complete" ] && return
    # shellcheck disable=SC2086
    thermal-depth simulate -o "$folder" --force "$@" $lean
    touch "$folder.complete"
}

mkdir -p "$out/drives"
# shellcheck disable=SC2086
drives "$out/drives/a" --count 40 --seed 1000 --duration-s 20 $small
# shellcheck disable=SC2086
drives "$out/drives/b" --count 40 --seed 1040 --duration-s 10 $small
drives "$out/drives/test" --count 8 --seed 2000 --duration-s 10 # at 320x256

held_out="$out/drives/b/seed_1078 $out/drives/b/seed_1079"
set --
for drive in "$out"/drives/a/seed_* "$out"/drives/b/seed_*; do
    case " $held_out " in *" $drive "*) ;; *) set -- "$@" "$drive" ;; esac
done
# shellcheck disable=SC2086
thermal-depth train --config config/training/thermal_default_near.yaml \
    --output "$out/thermal_default_near" --bags "$@" --validation-bags $held_out
# shellcheck disable=SC2086
thermal-depth train --config config/training/thermal_default.yaml \
    --start-bundle "$out/thermal_default_near/bundle" \
    --output "$out/thermal_default" --bags "$@" --validation-bags $held_out

thermal-depth evaluate "$out"/drives/test/seed_* --bundle "$out/thermal_default/bundle" \
    -o "$out/thermal_default/evaluation"
thermal-depth evaluate "$out"/drives/test/seed_* --bundle "$out/thermal_default/bundle" --min-turn 20 \
    -o "$out/thermal_default/evaluation_turns"
