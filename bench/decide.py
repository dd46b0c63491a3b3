"""decide: whole sessions judged in a loop, as the proxy drives the judge, on a ledger of a million."""
import json
import subprocess
import sys

import table
from harness import ROOT, programs


def decide(stage, size):
    records = size.records[0]
    small = records < 1_000_000
    kept = stage.folder if small else ROOT / "build"
    shortest = ["--benchmark_min_time=0.02"] if small else []
    command = [programs() / "decide", "--benchmark_format=json", *shortest, f"--ledgers={kept}",
               f"--scratch={stage.new_folder('copy')}", f"--records={records}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=3600)
    if done.returncode != 0:
        sys.exit(f"decide ended with {done.returncode}")
    rows, lookup = [], {}
    for each in json.loads(done.stdout)["benchmarks"]:
        what, ledger = each["name"].split("/")[:2]
        if "error_message" in each:
            sys.exit(f"{what} on {ledger}: {each['error_message']}")
        own = each["own_ns"]
        if what == "lookup":
            lookup[ledger] = own
        rows.append({"sessions": what, "ledger": ledger, "a second of CPU": int(1e9 / each["cpu_time"]),
                     "of the judge's thread": int(1e9 / own), "µs": own / 1000,
                     "× lookup": own / lookup[ledger], "allocations": each["allocations"]})
    table.show("decide: sessions judged, to their end", list(rows[0]), rows, stage.results)
