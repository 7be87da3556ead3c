"""pyxdf reads the values from an XDF file that `neckrom convert` writes as CSV."""

import sys

import numpy
import pyxdf

import table

path, csv = sys.argv[1:]
expected = table.read(csv)
streams, _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
numbers = [stream for stream in streams if isinstance(stream["time_series"], numpy.ndarray)]
# rad/s from degrees, m/s² from g and from mg, µT from T, mT and gauss.
SCALES = [1, numpy.pi / 180, 9.80665, 9.80665e-3, 1e6, 1e3, 100]


def same(values, other):
    """The first are the other, in one of the units."""
    values = values[~numpy.isnan(values)]
    if len(values) != len(other):
        return False
    return any(numpy.allclose(values, other * scale, rtol=1e-5, atol=1e-6) for scale in SCALES)


def found(name, values):
    """A stream has the column."""
    for stream in numbers:
        if name.endswith("time_s"):
            times_s = stream["time_stamps"]
            known = values[~numpy.isnan(values)]
            if len(times_s) == len(known) and numpy.ptp(known - times_s) < 1e-4:
                return True
        elif any(same(values, channel) for channel in numpy.asarray(stream["time_series"]).T):
            return True
    return False


missing = [name for name, values in expected.items() if not found(name, values)]
assert not missing, f"no stream has {missing}"
print(f"  {len(expected)} columns are the same")
