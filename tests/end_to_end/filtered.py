"""Mail that a filter looks at, and what comes to be in the record of who sent it."""
import itertools
import random
import time

from process import wait_until
from talk import Talk, message, proxy_header

# The text that every filter calls spam.
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"
RELAY = "relay.example.org"

_numbers = itertools.count(random.SystemRandom().randrange(10 ** 9))
_clients = itertools.count(1)


def stranger():
    """An address on the internet, that a PROXY header can name."""
    return f"203.0.113.{next(_clients) % 250 + 1}"


def mail(body="Shall we have lunch tomorrow? Kim\n", header=""):
    """A message as any mail program would send it, unlike all others."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    head = f"{header}Message-ID: <{next(_numbers)}.kim@example.net>\nDate: {date}\n"
    return head + message(body=body)


def send_of(client, port, text):
    """The answer to a message of this client, whom a PROXY header names."""
    with Talk(port) as talk:
        talk.send(proxy_header(client))
        talk.hello()
        talk.mail()
        talk.rcpt("ok@example.org", 250)
        reply = talk.data(text)
        talk.quit()
    return reply


def record(gate, client):
    """(ham, spam, missed spam, score); none: nothing is known."""
    told = gate.why(client).get("record")
    return tuple(told[key] for key in ("ham", "spam", "missed_spam", "score")) if told else None


def wait_for(gate, client, ham=0, spam=0, missed_spam=0):
    """Waits until the record of an address has these words, and the score that they come to."""
    want = (ham, spam, missed_spam, ham - spam - 2 * missed_spam)
    def reached():
        return record(gate, client) == want
    try:
        wait_until(f"the record of {client}", reached, 20, 0.1)
    except AssertionError:
        raise AssertionError(f"{client} has {record(gate, client)}, not {want}") from None


def counts_once(gate, send, seconds=1.5):
    """send(client, text) brings a ham and a spam, and each is to count, once.

    After them come others, so that what there still is to be heard of the first is heard.
    """
    good, bad, later = stranger(), stranger(), stranger()
    send(good, mail())
    send(bad, mail(body=GTUBE))
    wait_for(gate, good, ham=1)
    wait_for(gate, bad, spam=1)
    send(later, mail())
    wait_for(gate, later, ham=1)
    time.sleep(seconds)
    wait_for(gate, good, ham=1)
    wait_for(gate, bad, spam=1)
    return good, bad


def readable(log):
    """A log that the gate may follow, as soon as its writer has made it."""
    wait_until(f"there is {log}", log.exists)
    log.chmod(0o644)
    return {"log": str(log), "clients": False}


def follows(gate, *logs):
    """Logs that were not there when it started: what it may read was settled then."""
    gate.settings["follow"] = list(logs)
    gate.restart()
