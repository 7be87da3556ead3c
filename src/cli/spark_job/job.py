"""Measure the recordings of a manifest with neckrom, on an Apache Spark 4 cluster.

  spark-submit --master spark://host:7077 job.py --manifest /data/list.csv --out /data/results
  spark-submit job.py --manifest /data/list.csv --out /data/results -- --practice 1

The manifest is that of `neckrom batch --manifest`: CSV or Parquet, a row a recording, with the columns path,
subject, visit and any option; a recording_id stays with the rows. The program is sent to the executors, which
need no more than Python with pyarrow and pandas, and the recordings under the same paths. Results are kept in
OUT/rows as Spark writes them; `neckrom merge` then makes of them the tables that `neckrom batch` would have
written, byte for byte. A recording that fails is a row; an executor that is lost is made up for by Spark.
"""

import argparse
import csv
import io
import itertools
import os
import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

# Recordings that are handed to Python at once.
TO_BATCH = 16
# Recordings that a task has at most, if --tasks does not say how many tasks there are.
TO_TASK = 1000
# Types of the results, for Spark.
TYPES = {pa.string(): "string", pa.float64(): "double", pa.int64(): "bigint"}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--manifest", required=True, metavar="FILE", help="read by the driver")
    parser.add_argument(
        "--out",
        required=True,
        metavar="DIR",
        help="folder that driver and executors share; under an address such as s3a://… only rows are written",
    )
    parser.add_argument(
        "--neckrom",
        default=shutil.which("neckrom"),
        metavar="PROGRAM",
        help="the program, built for the executors' machines; without, the one on the PATH",
    )
    parser.add_argument("--tasks", type=int, metavar="N", help="into how many tasks the work is cut")
    parser.add_argument("option", nargs="*", help="after --: options of `neckrom worker` for all recordings")
    given = parser.parse_args()
    if not given.neckrom:
        parser.error("neckrom is not on the PATH; give --neckrom")
    return given


def recordings(manifest):
    """The rows of the manifest with their places in it; paths are from its folder."""
    with open(manifest, "rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    table = pq.read_table(manifest) if is_parquet else delimited(manifest)
    columns = {name.lower(): table[name] for name in table.column_names}
    if "path" not in columns:
        sys.exit(f"{manifest}: there is no column 'path'")
    if "input" in columns:
        sys.exit(f"{manifest}: leave out the column 'input': it is the place of a row")
    if table.num_rows == 0:
        sys.exit(f"{manifest}: there is no recording in it")
    folder = os.path.dirname(os.path.abspath(manifest))
    for name in columns.keys() & {"path", "trunk_file", "trunk-file"}:
        paths = columns[name].to_pylist()
        columns[name] = pa.array([path and os.path.join(folder, path) for path in paths], pa.string())
    places = range(table.num_rows)
    columns.setdefault("recording_id", pa.array([str(place) for place in places], pa.string()))
    columns["input"] = pa.array(places, pa.int64())
    return pa.table(columns)


def delimited(manifest):
    with open(manifest, newline="", encoding="utf-8-sig") as file:
        header = file.readline()
        delimiter = max(",;\t", key=header.count)
        file.seek(0)
        lines = [line for line in csv.reader(file, delimiter=delimiter) if line]
    names = [name.strip() for name in lines[0]] if lines else []
    if any(len(line) != len(names) for line in lines):
        sys.exit(f"{manifest}: a row has more or fewer cells than the header")
    cells = [[cell.strip() or None for cell in line] for line in lines[1:]]
    columns = list(zip(*cells)) or [()] * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns)})


def result_schema(given, columns):
    """What the worker gives, for Spark. It says here, before the work, if it cannot use a column or option."""
    stream = io.BytesIO()
    pa.ipc.new_stream(stream, columns).close()
    command = [given.neckrom, "worker", *given.option]
    done = subprocess.run(command, input=stream.getvalue(), stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{given.neckrom} ended with {done.returncode}")

    def spark_type(kind):
        return f"array<{TYPES[kind.value_type]}>" if pa.types.is_list(kind) else TYPES[kind]

    return ", ".join(f"`{field.name}` {spark_type(field.type)}" for field in pa.ipc.open_stream(done.stdout).schema)


def measuring(program, options):
    """What an executor does: batches of recordings go through a worker, batches of results come back."""

    def measured(batches):
        import subprocess
        import tempfile
        import threading

        from pyspark import SparkFiles

        first = next(batches, None)
        if first is None:
            return
        path = SparkFiles.get(program)
        if not os.access(path, os.X_OK):
            os.chmod(path, 0o700)
        failures = []

        def feed():
            try:
                stream = pa.ipc.new_stream(process.stdin, first.schema)
                for batch in itertools.chain([first], batches):
                    stream.write_batch(batch)
                stream.close()
                process.stdin.close()
            except BaseException as failure:
                failures.append(failure)
                process.kill()

        said = tempfile.TemporaryFile()
        command = [path, "worker", *options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
        feeding = threading.Thread(target=feed, daemon=True)
        try:
            feeding.start()
            try:
                yield from pa.ipc.open_stream(process.stdout)
            except pa.ArrowInvalid as failure:
                failures.append(failure)
            feeding.join()
            code = process.wait()
            if failures or code != 0:
                said.seek(0)
                why = said.read().decode(errors="replace")
                raise RuntimeError(f"neckrom worker ended with {code}: {why}", *failures)
        finally:
            process.kill()
            said.close()

    return measured


def main():
    given = arguments()
    table = recordings(given.manifest)
    schema = result_schema(given, table.schema)
    is_folder = "://" not in given.out
    rows = f"{given.out.rstrip('/')}/rows"
    if is_folder:
        os.umask(0o077)
        os.makedirs(given.out, exist_ok=True)
    spark = (
        SparkSession.builder.appName("neckrom")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", TO_BATCH)
        # Results are for their owner's eyes.
        .config("spark.hadoop.fs.permissions.umask-mode", "077")
        .getOrCreate()
    )
    spark.sparkContext.addFile(os.path.abspath(given.neckrom))
    most = 4 * spark.sparkContext.defaultParallelism
    tasks = given.tasks or max(most, -(-table.num_rows // TO_TASK))
    measured = measuring(os.path.basename(given.neckrom), given.option)
    address = f"file://{os.path.abspath(rows)}" if is_folder else rows
    # In the order of the input, so that `merge` reads every file once.
    asked = spark.createDataFrame(table).repartitionByRange(tasks, "input").sortWithinPartitions("input")
    asked.mapInArrow(measured, schema).write.mode("overwrite").parquet(address)
    count = spark.read.parquet(address).count()
    spark.stop()
    if count != table.num_rows:
        sys.exit(f"{table.num_rows} recordings gave {count} rows; run it again")
    if not is_folder:
        print(f"results are in {rows}; copy it and run: neckrom merge COPY --out DIR")
        return
    merge = [given.neckrom, "merge", rows, "--out", given.out]
    code = subprocess.run(merge).returncode
    # 1: some recordings failed; the tables say which.
    if code > 1:
        sys.exit(code)


if __name__ == "__main__":
    main()
