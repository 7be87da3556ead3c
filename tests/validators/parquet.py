"""DuckDB and PyArrow read the same columns, types and values from a Parquet file as the CSV has."""

import sys

import duckdb
import numpy
import pyarrow.parquet

import table

parquet, csv = sys.argv[1:]
expected = table.read(csv)
rows = len(next(iter(expected.values())))

read = pyarrow.parquet.read_table(parquet)
assert read.column_names == list(expected), read.column_names
assert read.num_rows == rows
assert {str(field.type) for field in read.schema} == {"double"}, read.schema
assert pyarrow.parquet.read_metadata(parquet).metadata[b"neckrom recording"] == b"1"
for name, values in expected.items():
    numpy.testing.assert_array_equal(read[name].to_numpy(), values, err_msg=name)

described = duckdb.sql(f"describe select * from '{parquet}'").fetchall()
assert [(row[0], row[1]) for row in described] == [(name, "DOUBLE") for name in expected], described
columns = duckdb.sql(f"select * from '{parquet}'").fetchnumpy()
for name, values in expected.items():
    read = numpy.ma.filled(columns[name].astype(float), numpy.nan)
    numpy.testing.assert_array_equal(read, values, err_msg=name)
print(f"  {rows} rows of {len(expected)} columns are the same")
