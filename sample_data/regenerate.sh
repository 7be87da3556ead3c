#!/usr/bin/env bash
# Makes every recording of this folder again, byte for byte.
# Runs the program given in NECKROM, or else builds it.
set -euo pipefail
cd "$(dirname "$0")"

simulate() {
    if [[ -n "${NECKROM:-}" ]]; then
        "$NECKROM" simulate --out . "$@"
    else
        cargo run --quiet --release -- simulate --out . "$@"
    fi
}

# Each of these lines is one visit; the test tests/it/sample_data.rs reads them too.
simulate --seed 11 --subject 01 --visit 01 --date 2026-01-12 --rate 50 --quaternion-digits 6 --peaks flexion=46,extension=52,side-bend-right=36,side-bend-left=35,rotation-right=48,rotation-left=50 --crooked 12,-18,20 --heading-drift 1.6
simulate --seed 12 --subject 01 --visit 02 --date 2026-02-02 --rate 50 --quaternion-digits 6 --peaks flexion=48,extension=53,side-bend-right=37,side-bend-left=35,rotation-right=58,rotation-left=60 --crooked 4,6,-5 --heading-drift -0.8 --channels both --gyro-bias 0.1,-0.05,0.08
simulate --seed 13 --subject 01 --visit 03 --date 2026-02-23 --rate 50 --quaternion-digits 6 --peaks flexion=50,extension=53,side-bend-right=37,side-bend-left=36,rotation-right=68,rotation-left=70 --crooked -3,5,7 --heading-drift 0.5
simulate --seed 21 --subject 02 --visit 01 --date 2026-01-12 --rate 50 --quaternion-digits 6 --peaks flexion=52,extension=58,side-bend-right=40,side-bend-left=41,rotation-right=66,rotation-left=64 --crooked 5,-4,8 --trunk --trunk-follows 0.08 --trunk-crooked -6,3,10 --heading-drift 1.2 --trunk-heading-drift -0.9 --speed 60 --hold 1.5
simulate --seed 22 --subject 02 --visit 02 --date 2026-02-02 --rate 50 --quaternion-digits 6 --peaks flexion=51,extension=59,side-bend-right=41,side-bend-left=40,rotation-right=67,rotation-left=65 --crooked -6,3,4 --trunk --trunk-follows 0.08 --trunk-crooked 4,-5,12 --heading-drift -2 --trunk-heading-drift 0.7 --speed 60 --hold 1.5 --format parquet
simulate --seed 23 --subject 02 --visit 03 --date 2026-02-23 --rate 50 --quaternion-digits 6 --peaks flexion=53,extension=57,side-bend-right=40,side-bend-left=42,rotation-right=65,rotation-left=63 --crooked 3,6,-6 --trunk --trunk-follows 0.08 --trunk-crooked -3,4,9 --heading-drift 0.6 --trunk-heading-drift 1.1 --speed 60 --hold 1.5
