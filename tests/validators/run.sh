#!/usr/bin/env bash
# Other programs read what neckrom writes, and what they read is what it wrote.
# Needs Python 3.11 or later. Usage: tests/validators/run.sh PROGRAM VENV
# PROGRAM is the neckrom to be checked; VENV a folder for the Python packages, made if it is not there.
set -euo pipefail
cd "$(dirname "$0")/../.."
neckrom=$1
venv=$2
here=tests/validators

if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi
python=$venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

one=sample_data/sub-01/ses-02/sub-01_ses-02_task-protocol_motion.csv
two=sample_data/sub-02/ses-01/sub-02_ses-01_task-protocol_motion.csv

# A gap of a second, a magnetometer, events.
hard=$work/made.csv
awk '/^#/ { print; next }
    !header { print $0 ",mag_x_ut,mag_y_ut,mag_z_ut"; header = 1; next }
    { row++; if (row < 6000 || row > 6050) print $0 ",21.5,,-40" }' "$one" > "$hard"
cat > "$work/made.json" <<'JSON'
{"subject": "03", "visit": "1b", "task": "flexion-extension", "date": "2026-01-12", "simulated": true,
 "events": [{"onset_s": 0.5, "duration_s": 2, "name": "neutral"}, {"onset_s": 20, "name": "cough"}]}
JSON

convert() { "$neckrom" convert "$@" > "$work/said" 2>&1 || { cat "$work/said"; exit 1; }; }

echo "BIDS-Motion: bids-validator-deno"
for recording in "$one" "$two" "$hard"; do
    convert "$recording" --format bids-motion --out "$work/set"
done
"$neckrom" simulate --subject 04 --channels both --trunk --trunk-clock-error 50 --rate 25 \
    --format bids-motion --out "$work/set" > "$work/said" 2>&1
"$venv/bin/bids-validator-deno" --max-rows -1 --ignoreWarnings "$work/set"

for name in one two hard; do
    convert "${!name}" --out "$work/$name.csv"
    convert "${!name}" --out "$work/$name.parquet"
    convert "${!name}" --out "$work/$name.c3d"
    "$neckrom" analyze "${!name}" --json > "$work/$name.json" 2> "$work/said"
    echo "Parquet: DuckDB and PyArrow, $name"
    "$python" "$here/parquet.py" "$work/$name.parquet" "$work/$name.csv"
    echo "C3D: ezc3d and c3d, $name"
    "$python" -W ignore "$here/c3d_files.py" "$work/$name.c3d" "$work/$name.csv" "$work/$name.json"
done

echo "C3D: more frames than 16 bits count"
"$neckrom" simulate --task flexion --practice 0 --repetitions 8 --nods 0 --rate 2000 \
    --out "$work/long" > "$work/said"
long=$(ls "$work"/long/sub-01/ses-01/*_motion.csv)
convert "$long" --out "$work/long.c3d"
"$python" -W ignore "$here/c3d_files.py" "$work/long.c3d" "$long"

shopt -s nullglob
for recording in sample_data/formats/xdf/*.xdf; do
    echo "XDF: pyxdf, $recording"
    convert "$recording" --out "$work/xdf.csv"
    "$python" "$here/xdf.py" "$recording" "$work/xdf.csv"
done
