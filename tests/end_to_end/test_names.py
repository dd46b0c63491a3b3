"""Are names judged as the Botnet plugin judges them, row by row, and how well does that serve on real mail?"""
import gzip
import json
import pathlib
import random
import re
import sys

import pytest

from gate import ENVIRONMENT, as_toml, program
from process import ROOT, run

DATA = ROOT.parent / "shared/data"
SAMPLE = DATA / "botnet_sample.tsv"
CORPUS = DATA / "corpora/trec07p_first25pct.tsv.gz"
CLASSES = ("botnet_ipinhostname", "botnet_clientwords", "botnet_serverwords", "botnet_client")
CHECKS = (*CLASSES, "botnet_nordns", "botnet_baddns", "botnet_soho", "botnet_strength", "helo")


@pytest.fixture
def judge(folder):
    """Judges sessions with all checks of names on note, in a gate that has no ledger and does not run."""
    settings = folder / "gatepost.toml"
    settings.write_text(as_toml({"hostname": "mx.example.org", "state": str(folder / "none"), "control": "",
                                 "checks": {check: "note" for check in CHECKS}}))

    def judged(sessions):
        lines = "".join(json.dumps(session) + "\n" for session in sessions)
        done = run([program(), "-c", settings, "judge", "-"], input=lines, env=ENVIRONMENT, seconds=120).ok()
        answers = [json.loads(line) for line in done.out.splitlines()]
        assert len(answers) == len(sessions)
        return answers
    return judged


def found(answer):
    return {finding["check"] for finding in answer["findings"]}


def classes(answer):
    return tuple(int(name in found(answer)) for name in CLASSES)


# The plugin's rules, once more and otherwise: by the regular expressions that it builds itself.

CLIENT_WORDS = (r".*dsl.*", "cable", "catv", "ddns", "dhcp", r"dial(-?up)?", "dip", "docsis", r"dyn(amic)?(ip)?",
                "modem", r"ppp(oe)?", r"res(net|ident(ial)?)?", "bredband", "client", "fixed", "ip", "pool",
                "static", "user")
SERVER_WORDS = (r"e?mail(out)?", "mta", r"mx(pool)?", "relay", "smtp", r"exch(ange)?")
TWO_LABELS = r".*\..+\..+$"


def word_test(words):
    return re.compile("|".join(rf"(?:\b|\d)(?:{word})(?:\b|\d){TWO_LABELS}" for word in words), re.I | re.A)


CLIENT_TEST, SERVER_TEST = word_test(CLIENT_WORDS), word_test(SERVER_WORDS)


def address_test(address):
    octets = [int(octet) for octet in address.split(".")]
    a, b, c, d = octets
    numbers = [a << 24 | b << 16 | c << 8 | d, a << 16 | b << 8 | c, b << 16 | c << 8 | d,
               a << 8 | b, b << 8 | c, c << 8 | d]
    forms = [str(number) for number in numbers]
    for written in ([str(octet) for octet in octets], [f"{octet:02x}" for octet in octets]):
        for one, other in zip(written, written[1:]):
            forms += [f"{one}.*{other}", f"{other}.*{one}"]
    return re.compile(f"(?:{'|'.join(forms)}){TWO_LABELS}", re.I | re.A)


def plugins_classes(address, name):
    holds_address = bool(address_test(address).search(name))
    client, server = bool(CLIENT_TEST.search(name)), bool(SERVER_TEST.search(name))
    return tuple(map(int, (holds_address, client, server, (holds_address or client) and not server)))


def sample():
    if not SAMPLE.is_file():
        pytest.skip(f"{SAMPLE} is not there")
    rows = [line.rstrip("\n").split("\t") for line in SAMPLE.read_text().splitlines() if not line.startswith("#")]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def test_the_sample_agrees_in_all_four_columns(judge):
    rows = sample()
    answers = judge([{"client": row["ip"], "rdns": row["rdns"]} for row in rows])
    wanted = [tuple(int(row[name.removeprefix("botnet_")]) for name in CLASSES) for row in rows]
    wrong = [(row["ip"], row["rdns"], classes(answer), want)
             for row, answer, want in zip(rows, answers, wanted) if classes(answer) != want]
    assert not wrong and len(rows) == 150


def test_the_other_reading_of_the_rules_agrees_with_the_sample():
    """So that the next test compares with what is right."""
    for row in sample():
        wanted = tuple(int(row[name.removeprefix("botnet_")]) for name in CLASSES)
        assert plugins_classes(row["ip"], row["rdns"]) == wanted, row


PIECES = ("dsl adsl cable catv ddns dhcp dial dialup dial-up dip docsis dyn dynamic dynip dynamicip ip modem ppp pppoe "
          "pppo res resnet resident residential bredband client clients fixed pool static user mail email emailout "
          "mailout mta mx mxpool relay smtp exch exchange exchanges foo isp com net example co uk x 1 22 333 a ff 0a "
          "_ - . .. é").split()


def random_pair(dice):
    octets = [dice.choice((dice.randrange(256), dice.randrange(12), 0, 1, 10, 255)) for _ in range(4)]
    a, b, c, d = octets
    pieces = []
    for _ in range(dice.randrange(1, 9)):
        pieces.append(dice.choice((
            dice.choice(PIECES), dice.choice(PIECES), str(dice.choice(octets)), f"{dice.choice(octets):02x}",
            f"{dice.choice(octets):03}", str(dice.choice((a << 24 | b << 16 | c << 8 | d, a << 8 | b, c << 8 | d))),
            "")))
        pieces.append(dice.choice(("", "", "-", ".", ".", ".", "_", str(dice.randrange(10)))))
    name = "".join(pieces) + dice.choice(("", "", "", ".isp.example", ".isp.example", "."))
    return ".".join(map(str, octets)), dice.choice((name, name, name.upper()))


def test_random_names_agree_with_the_plugins_rules(judge):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    # Private addresses are not judged, and the last dot of a name is none of the name.
    pairs = [(address, name) for address, name in (random_pair(dice) for _ in range(20_000))
             if name.strip(".") and not name.endswith("..")
             and not re.match(r"10\.|127\.0\.0\.1$|172\.(1[6-9]|2\d|3[01])\.|192\.168\.", address)]
    answers = judge([{"client": address, "rdns": name} for address, name in pairs])
    wrong = [(pair, classes(answer), plugins_classes(*pair)) for pair, answer in zip(pairs, answers)
             if classes(answer) != plugins_classes(*pair)]
    assert not wrong, wrong[:5]
    hits = [sum(column) for column in zip(*(classes(answer) for answer in answers))]
    assert all(1000 < count < len(pairs) - 1000 for count in hits), hits


def test_what_is_unknown_counts_against_nobody(judge):
    unknown, nameless, mismatch, confirmed = judge([
        {"client": "198.51.100.7"}, {"client": "198.51.100.7", "rdns": None},
        {"client": "198.51.100.7", "rdns": "www.example.com", "rdns_confirmed": False},
        {"client": "198.51.100.7", "rdns": "www.example.com", "rdns_confirmed": True}])
    assert found(unknown) == set()
    assert found(nameless) == {"botnet_nordns", "botnet_strength"}
    assert found(mismatch) == {"botnet_baddns", "botnet_strength"}
    assert found(confirmed) == set()


def test_report_on_real_mail():
    """The graded verdict hits three quarters of the spam, and of the ham next to nothing."""
    if not CORPUS.is_file():
        pytest.skip(f"{CORPUS} is not there")
    command = [sys.executable, "-B", ROOT / "examples/names_report", CORPUS]
    environment = ENVIRONMENT | {"GATEPOST": str(program())}
    report = json.loads(run([*command, "--json"], env=environment, seconds=120).ok().out)
    strength = report["checks"]["botnet_strength"]
    assert strength["spam_share"] >= 0.74, strength
    assert strength["ham_share"] <= 0.0005, strength
    for check in ("botnet_nordns", "botnet_baddns", "botnet_client"):
        row = report["checks"][check]
        assert row["spam"] > 1000 and row["ham"] == sum(sender["ham"] for sender in row["ham_senders"])
    shown = run(command, env=environment, seconds=120).ok().out
    assert re.search(r"botnet_strength +\d+ +7\d\.\d+ % +\d+ +0\.0\d+ % +\d", shown), shown


def test_report_on_other_files(folder):
    """Only what stands in the head is known; kinds other than `ext` are left out."""
    file = folder / "mail.tsv.gz"
    with gzip.open(file, "wt") as tsv:
        tsv.write("label\tip\trdns\tkind\nspam\t198.51.100.7\t\text\nham\t198.51.100.8\tdhcp.x.isp.example\text\n"
                  "ham\t198.51.100.9\t\tlocal\n")
    report = json.loads(run([ROOT / "examples/names_report", "--json", pathlib.Path(file)],
                            env=ENVIRONMENT | {"GATEPOST": str(program())}).ok().out)
    assert report["messages"] == {"spam": 1, "ham": 1}
    assert report["checks"]["botnet_nordns"]["spam"] == 1 and report["checks"]["botnet_nordns"]["ham"] == 0
    assert report["checks"]["botnet_clientwords"]["ham_senders"] == [
        {"client": "198.51.100.8", "rdns": "dhcp.x.isp.example", "ham": 1}]
