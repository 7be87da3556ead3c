"""ezc3d and c3d read the same channels from a C3D file as the CSV has, and neck angles and events as
`neckrom analyze --json` has."""

import json
import sys

import c3d
import ezc3d
import numpy

import table

path, csv, *analysis = sys.argv[1:]
expected = table.read(csv)
time_s = expected["time_s"]
rate_hz = 1 / numpy.median(numpy.diff(time_s))
frame = numpy.rint((time_s - time_s[0]) * rate_hz).astype(int)
frames = frame[-1] + 1
ANGLES = ["neck_flexion", "neck_side_bend_right", "neck_rotation_left"]
NAMES = {"A": "w", "B": "x", "C": "y", "D": "z"}


def compare(labels, values):
    """Names and values of all channels, a row each."""
    assert values.shape == (len(labels), frames), (values.shape, frames)
    assert labels[:3] == ANGLES, labels
    single = not any(name.startswith("head_") for name in expected)
    for label, channel in zip(labels[3:], values[3:], strict=True):
        sensor, component = label.split("_Orientation")
        name = f"q_{NAMES[component]}"
        column = expected[name if single else f"{sensor}_{name}"]
        # Components are normalised, of few digits, and a quaternion may change its sign.
        numpy.testing.assert_allclose(abs(channel[frame]), abs(column), atol=2e-5, err_msg=label)
        empty = numpy.ones(frames, bool)
        empty[frame] = False
        assert numpy.isnan(channel[empty]).all(), "frames in a gap are not numbers"


def compare_events(parameters, angles):
    """Each repetition that counts has three events; the angle at its end range is its ROM."""
    event = parameters["EVENT"]
    labels, contexts = event["LABELS"]["value"], event["CONTEXTS"]["value"]
    times_s = numpy.array(event["TIMES"]["value"]).T @ [60, 1]
    assert len(labels) == len(contexts) == len(times_s) == event["USED"]["value"][0]
    assert (numpy.diff(times_s) >= 0).all()
    with open(analysis[0], encoding="utf-8") as file:
        (report,) = json.load(file)
    counting = [one for one in report["repetitions"] if one["used"]]
    assert len([label for label in labels if label.endswith(" end range")]) == len(counting) > 0
    for one in counting:
        title = one["movement"].replace("_", " ").replace("side bend", "side-bend").capitalize()
        peak_s = one["peak_s"] - time_s[0]
        at = [k for k, s in enumerate(times_s) if abs(s - peak_s) < 1e-3]
        assert [labels[k] for k in at] == [f"{title} end range"], (title, peak_s)
        side = [word.capitalize() for word in ("left", "right") if word in title]
        assert contexts[at[0]] == (side or ["General"])[0]
        row = {"Flexi": 0, "Exten": 0, "Side-": 1, "Rotat": 2}[title[:5]]
        angle = abs(angles[row][round(peak_s * rate_hz)])
        assert abs(angle - one["rom_deg"]) < 0.5, (title, angle, one["rom_deg"])
    return len(labels)


read = ezc3d.c3d(path)
parameters = read["parameters"]
analog = parameters["ANALOG"]
assert analog["UNITS"]["value"][:4] == ["deg"] * 3 + ["quaternion"]
assert abs(analog["RATE"]["value"][0] / rate_hz - 1) < 1e-3
assert parameters["POINT"]["USED"]["value"] == [0]
values = read["data"]["analogs"][0]
compare(analog["LABELS"]["value"], values)
events = compare_events(parameters, values) if analysis else 0

with open(path, "rb") as file:
    reader = c3d.Reader(file)
    labels = [label.strip() for label in reader.analog_labels]
    assert abs(reader.analog_rate / rate_hz - 1) < 1e-3
    blocks = [block for _, _, block in reader.read_frames()]
compare(labels, numpy.concatenate(blocks, axis=1))
print(f"  {frames} frames of {len(labels)} channels are the same, {events} events")
