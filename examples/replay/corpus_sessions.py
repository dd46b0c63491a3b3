#!/usr/bin/env python3
"""Makes recorded sessions of a table of messages, for `gatepost replay`.

    corpus_sessions.py trec07p_first25pct.tsv.gz >sessions.jsonl

The table has tab separated columns, named in its first line: time (seconds since 1970), label (ham,
spam), kind (rows other than `ext` are left out), ip, rdns, forged (1: the name does not lead back),
helo, mail_from, rcpt, border_rcpt, size. A column that is missing, or called for with --without, is
not known of any session, and is left out of all: unknown is absent, never guessed.
"""
import argparse
import csv
import gzip
import json
import sys


def opened(name):
    if name == "-":
        return sys.stdin
    if name.endswith(".gz"):
        return gzip.open(name, "rt", encoding="utf-8", errors="replace", newline="")
    return open(name, encoding="utf-8", errors="replace", newline="")


def session_of(row, without):
    session = {"time": float(row["time"]) if "." in row["time"] else int(row["time"]),
               "id": "c" + row["seq"] if row.get("seq") else "c",
               "client": row["ip"]}
    if "rdns" in row and "rdns" not in without:
        session["rdns"] = row["rdns"] or None
        if row["rdns"] and "forged" in row:
            session["rdns_confirmed"] = row["forged"] != "1"
    if row.get("helo") and "helo" not in without:
        session["helo"] = row["helo"]
    session["sender"] = row.get("mail_from", "")
    # The recipient as the border saw it, else as it was delivered; several are told of none.
    recipient = row.get("border_rcpt") or row.get("rcpt")
    if recipient and "recipients" not in without:
        session["recipients"] = [recipient]
    session["messages"] = 1
    if row.get("size"):
        session["bytes"] = int(row["size"])
    if row["label"] in ("ham", "spam"):
        session["label"] = row["label"]
    return session


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--without", action="append", default=[], choices=["rdns", "helo", "recipients"],
                        help="of which the table says nothing that holds")
    parser.add_argument("table")
    options = parser.parse_args()
    with opened(options.table) as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        for row in rows:
            if row.get("kind", "ext") == "ext" and row["ip"]:
                print(json.dumps(session_of(row, options.without), ensure_ascii=False))


if __name__ == "__main__":
    main()
