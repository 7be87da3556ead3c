"""Kills an executor of a Spark job while it measures. Usage: kill_executor.py PID ROWS

PID is the job's driver, ROWS the folder that it writes. Waits until a task is finished and an executor has
a neckrom at work, and kills that executor.
"""

import os
import pathlib
import signal
import sys
import time


def processes():
    """Parent and command line of each process."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        found[int(folder.name)] = (parent, command)
    return found


def line(pid, found):
    """A process and those above it."""
    while pid in found:
        yield pid
        pid = found[pid][0]


def measuring_executor(driver):
    found = processes()
    for pid, (_, command) in found.items():
        above = list(line(pid, found))
        if driver in above and command[1:2] == ["worker"]:
            for one in above:
                if any("CoarseGrainedExecutorBackend" in word for word in found[one][1]):
                    return one
    return None


driver, rows = int(sys.argv[1]), pathlib.Path(sys.argv[2])
deadline = time.monotonic() + 120
while time.monotonic() < deadline:
    if any(rows.glob("_temporary/*/task_*")):
        executor = measuring_executor(driver)
        if executor is not None:
            os.kill(executor, signal.SIGKILL)
            print(f"executor {executor} killed")
            sys.exit()
    time.sleep(0.02)
sys.exit("no executor was seen at work")
