#!/usr/bin/env bash
# The job for Apache Spark gives what `neckrom batch` gives, byte for byte; also when an executor is killed
# while it measures. One recording is broken and one is missing: rows in the tables, no more.
# Needs Python 3.11 or later, and Java 17 or later, which it installs with apt-get if it is not there.
# Usage: tests/spark/run.sh PROGRAM VENV
# PROGRAM is the neckrom to be checked; VENV a folder for the Python packages, made if it is not there.
set -euo pipefail
neckrom=$(realpath "$1")
venv=$(realpath -m "$2")
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
driver=
end() {
    [[ -z $driver ]] || kill "$driver" 2> "$work/said" || true
    rm -rf "$work"
}
trap end EXIT
cd "$work"

java_version() {
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'
}
if (( $(java_version || echo 0) < 17 )); then
    as_root=$([[ $(id -u) == 0 ]] || echo sudo)
    $as_root apt-get update -qq
    $as_root apt-get install -qq -y openjdk-17-jre-headless > "$work/said"
    JAVA_HOME=$(dirname "$(dirname "$(realpath "$(command -v java)")")")
    export JAVA_HOME
fi

if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv "$venv"
    for try in 1 2 3; do
        "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 10 --timeout 60 \
            -r "$here/requirements.txt" && break
        (( try < 3 )) || exit 1
        sleep $(( try * 10 ))
    done
    cp "$here/requirements.txt" "$venv/installed.txt"
fi

# 120 recordings of three models, of different lengths.
count=120
for seed in 1 2 3; do
    model=$("$neckrom" simulate --task flexion --peaks flexion=45 --seed "$seed" --practice 0 \
        --repetitions 3 --hold 0.6 --rate 50 --out "model$seed" 2> said | head -n 1)
    cp "$model" "$seed.csv"
done
mkdir archive
echo 'path,subject,visit,practice,keep_drift' > archive/list.csv
for (( i = 0; i < count; i++ )); do
    name="sub-$(( i / 2 ))_ses-$(( i % 2 + 1 ))_task-flexion_motion.csv"
    head -n -$(( i % 20 + 1 )) "$(( i % 3 + 1 )).csv" > "archive/$name"
    labels=,; (( i % 5 )) || labels="A $i,é"
    options=,; (( i % 4 )) || options=1,yes
    echo "$name,$labels,$options" >> archive/list.csv
done
head -c 3000 /dev/urandom > archive/sub-7_ses-1_task-flexion_motion.csv
echo 'missing.csv,,,,' >> archive/list.csv

# The same with numbers and booleans.
"$venv/bin/python" - <<'PYTHON'
import pyarrow as pa, pyarrow.csv as csv, pyarrow.parquet as pq
types = {"subject": pa.string(), "visit": pa.string(), "practice": pa.int32(), "keep_drift": pa.bool_()}
read = csv.ConvertOptions(column_types=types, true_values=["yes"], null_values=[""], strings_can_be_null=True)
pq.write_table(csv.read_csv("archive/list.csv", convert_options=read), "archive/list.parquet")
PYTHON

echo "neckrom batch"
code=0
"$neckrom" batch --manifest "$work/archive/list.csv" --as-is --out batch --quiet 2> said || code=$?
(( code == 1 )) || { cat said; exit 1; }
"$neckrom" spark-job > job.py

export SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$venv/bin/python SPARK_WORKER_DIR=$work/spark
unset SPARK_HOME PYTHONPATH
# Folder of results, manifest.
submit() {
    "$venv/bin/spark-submit" --master 'local-cluster[2,1,1024]' \
        --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 \
        --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false \
        job.py --neckrom "$neckrom" --manifest "archive/$2" --out "$1" -- --as-is \
        > "$1.log" 2>&1 &
    driver=$!
}
check() {
    wait "$driver" || { tail -n 60 "$1.log"; exit 1; }
    driver=
    for table in recordings movements repetitions; do
        cmp "batch/$table.parquet" "$1/$table.parquet"
    done
    grep "^$(( count + 1 )) recordings: $(( count - 1 )) ok, 0 partial, 2 failed$" "$1.log"
}

echo "Spark, two executors"
submit plain list.csv
check plain

echo "Spark, one executor killed"
submit killed list.parquet
"$venv/bin/python" "$here/kill_executor.py" "$driver" killed/rows
check killed
grep -q "Lost executor" killed.log || { echo "Spark did not miss the executor"; exit 1; }

# Told before the work.
sed -i 's/practice/practise/' archive/list.csv
echo "Spark, a manifest that cannot be understood"
submit wrong list.csv
if wait "$driver"; then echo "it was taken"; exit 1; fi
driver=
grep "there is no column 'practise'" wrong.log
