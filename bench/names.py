"""names: a client's name classified in a loop, beside the Botnet plugin's own functions in Perl."""
import json
import os
import subprocess
import sys

import table
from harness import ROOT, programs

PLUGIN = "GATEPOST_BOTNET_PM"


def names(stage, size):
    shortest = ["--benchmark_min_time=0.02"] if size.records[-1] < 1_000_000 else []
    found = json.loads(_output([programs() / "names", "--benchmark_format=json", *shortest]))
    rows = [{"what": f"gatepost, {each['name']}", "a second": int(each["items_per_second"]),
             "clients": each.get("clients")} for each in found["benchmarks"]]
    plugin = os.environ.get(PLUGIN)
    if plugin:
        pairs = _output([programs() / "names", "--print"])
        by_plugin = json.loads(_output(["perl", ROOT / "bench/plugin_names.pl", os.path.abspath(plugin)], pairs))
        assert abs(by_plugin["clients"] - rows[0]["clients"]) < 1e-6, "they do not agree"
        rows.insert(1, {"what": "the plugin's functions", "a second": by_plugin["per_second"],
                        "clients": by_plugin["clients"]})
    else:
        print(f"(not beside the plugin: {PLUGIN} does not name its Botnet.pm)", file=sys.stderr)
    table.show("names: classifications a second of CPU", list(rows[0]), rows, stage.results)


def _output(command, text=None):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return done.stdout
