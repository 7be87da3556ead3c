"""Reads a native CSV of neckrom: column names, and a column of numbers for each."""

import math

import numpy


def read(path):
    """Columns by name; an empty cell is NaN."""
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    names = lines[0].split(",")
    rows = [[float(cell) if cell else math.nan for cell in line.split(",")] for line in lines[1:]]
    return dict(zip(names, numpy.array(rows).T, strict=True))
