"""Do the benches of bench/ work? Their counts are tiny here, and what they measure means nothing."""
import os
import re

import pytest

from gate import program
from process import ROOT, run

BENCHES = {
    "held": ("bare epoll", "gatepost", "postscreen"),
    "proxied": ("HAProxy", "nginx mail", "postscreen, smtpd", "gatepost"),
    "proxied_tls": ("HAProxy, implicit TLS", "gatepost, implicit TLS", "gatepost, STARTTLS"),
    "refused": ("bare: accept, write, close", "gatepost"),
    "milter": ("a milter that does nothing", "gatepost"),
    "policy": ("postgrey", "gatepost"),
    "decision": ("new", "known"),
    "decide": ("lookup", "mixed", "jailed"),
    "judge": ("described", "recorded"),
    "mine": ("gatepost, one thread", "rg, address and code", "pflogsumm", "x fail2ban"),
    "lab": ("made up",),
    "ledger": ("gatepost", "plain LMDB", "SQLite", "Redis", "nothing", "listed", "exported", "updated"),
    "added_delay": ("nobody waits", "300 wait"),
    "dns_wait": ("nobody is asked", "answers after 50 ms", "no answers"),
    "enforce": ("1,000",),
    "attempts": ("421 by the gate", "dropped by the kernel", "first dropped packet"),
    "watched": ("status", "a year", "all of these", "#/now", "#/settings", "nobody", "2 programs", "2 browsers"),
    "held_million": ("bare epoll", "gatepost"),
    "soak": ("anonymous", "descriptors"),
}


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_gives_its_table(name, folder):
    programs = program().parent / "bench"
    assert (programs / "gatepost_load").exists(), f"{programs}: configure with GATEPOST_BENCH=ON"
    done = run([ROOT / "bench/run", "--smoke", name], seconds=90,
               env=os.environ | {"GATEPOST": str(program()), "GATEPOST_BENCH_PROGRAMS": str(programs),
                                 "TMPDIR": str(folder)}).ok()
    rows = re.findall(r"^\| ([^|]+?) +\|", done.out, re.M)
    assert set(BENCHES[name]) <= set(rows), done.out
    if name == "held":
        assert done.out.count("greeted all but 0,") == 2, done.out
