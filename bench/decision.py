"""decision: how a newcomer is received, decided in a loop, on ledgers of millions."""
import json
import subprocess
import sys

import table
from harness import ROOT, programs


def decision(stage, size):
    folder = stage.folder if size.records[-1] < 1_000_000 else ROOT / "build"
    shortest = ["--benchmark_min_time=0.02"] if size.records[-1] < 1_000_000 else []
    command = [programs() / "decision", "--benchmark_format=json", *shortest, f"--ledgers={folder}",
               *(f"--records={count}" for count in size.records)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=3600)
    if done.returncode != 0:
        sys.exit(f"decision ended with {done.returncode}")
    rows = []
    for each in json.loads(done.stdout)["benchmarks"]:
        kind, records = each["name"].split("/")
        rows.append({"client": kind, "records": int(records), "µs": each["cpu_time"] / 1000,
                     "allocations": each["allocations"],
                     "without a system call": f"{each['without_syscall']:.0%}"})
    table.show("decision: lookup and verdict at connect", list(rows[0]), rows, stage.results)
