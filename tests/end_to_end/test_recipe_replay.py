"""Does the recipe by which recorded mail is replayed work, followed to the letter?"""
import json

from host import put
from recipes import Machine
from test_recipes_lists import APART
from test_what_if import spammer

PAGE = "1 spam, 0 ham"


def ham_sender(client, seconds_ago, pid):
    """A message that rspamd lets pass."""
    return [line.replace("T (reject): [19.00/15.00]", "F (no action): [0.10/15.00]")
            for line in spammer(client, seconds_ago, pid)]


def test_replay(starts):
    """A log of five who spam and five who do not, as a filter says; and the gate, without a mail server."""
    machine = starts(Machine, lambda root: None, lambda host: host.run(["python3", "-c", APART]).ok())
    lines = []
    for each in range(5):
        lines += spammer(f"198.51.{each}.7", 7000 - 100 * each, 1000 + each)
        lines += ham_sender(f"192.0.2.{each}", 6950 - 100 * each, 2000 + each)
    put(machine.host.path("/var/log/mail.log"), "\n".join(lines) + "\n")
    machine.follow("replay")
    assert PAGE in machine.host.path("/src/replay.html").read_text()
    judged = machine.host.path("/src/judged.jsonl").read_text().splitlines()
    assert len(judged) == 10 and all("verdict" in json.loads(line) for line in judged)
