#!/bin/sh
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
# How models/thermal_default was made: synthetic drives, training, evaluation on other drives.
# `make recipe-thermal` runs it in the environment of the package. Finished steps are
# skipped, and interrupted trainings resume. RECIPE_OUT chooses the folder [out].
set -eu

out=${RECIPE_OUT:-out}
lean='--rgb-width 16 --rgb-height 16 --rgb-rate-hz 1' # the RGB camera is not used
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
part() { # NAME CONFIG OPTIONS...: train a part on the drives above
    name=$1
    config=$2
    shift 2
    # shellcheck disable=SC2086
    thermal-depth train --config "config/training/$config.yaml" --output "$out/$name" \
        --bags $training --validation-bags $held_out "$@"
}

training=$*
part thermal_default_near thermal_default_near
# From near views to distant ones, then both, in the order in which the settings were found.
blurred='--spacing-max-m 0 --smooth-on depth --smoothness-weight 0.07 --max-zoom 1.15'
# shellcheck disable=SC2086
part thermal_default_2 thermal_default --start-bundle "$out/thermal_default_near/bundle" \
    --stage1-epochs 1 --motion-epochs 2 --learning-rate 5e-4 --spacing-m 1.6 $blurred
# shellcheck disable=SC2086
part thermal_default_3 thermal_default --start-bundle "$out/thermal_default_2/bundle" \
    --stage1-epochs 1 --learning-rate 7e-4 --spacing-m 2.4 $blurred
part thermal_default_4 thermal_default --start-bundle "$out/thermal_default_3/bundle" \
    --stage1-epochs 1 --learning-rate 7e-4 --spacing-max-m 3.2 --max-zoom 1.15
part thermal_default_5 thermal_default --start-bundle "$out/thermal_default_4/bundle" \
    --stage1-epochs 3 --motion-epochs 2 --learning-rate 1e-3
part thermal_default_6 thermal_default --start-bundle "$out/thermal_default_5/bundle"
# Depth stays fixed; the pose network is trained on all pairs, which costs little.
part thermal_default thermal_default --start-bundle "$out/thermal_default_6/bundle" \
    --stage1-epochs 0 --motion-epochs 7 --max-triplets 12000 --pose-interval 2 \
    --batch-size 8 --learning-rate 1e-3 --validation-limit 40

thermal-depth evaluate "$out"/drives/test/seed_* --bundle "$out/thermal_default/bundle" \
    -o "$out/thermal_default/evaluation"
thermal-depth evaluate "$out"/drives/test/seed_* --bundle "$out/thermal_default/bundle" --min-turn 20 \
    -o "$out/thermal_default/evaluation_turns"
