"""Users say what their mail was: does it count for who sent it, once, and not when it is taken back?"""
import collections
import email.message
import email.policy
import json
import mailbox

import pytest

from process import wait_until
from talk import Talk, message, proxy_header

SPAMMER, OTHER, VICTIM = "203.0.113.50", "203.0.113.51", "198.51.100.9"
FORGED = (f"Received: from mail.victim.test (mail.victim.test [{VICTIM}])\n"
          "\tby backend.example.org (Postfix) with ESMTP id 4F2AB;\n"
          "\tSun, 22 Nov 2026 06:00:00 +0000\n")
BY_A_USER = ("Received: from pc (unknown [192.0.2.80])\n"
             "\tby backend.example.org (Postfix) with ESMTPSA id 4F2AC;\n"
             "\tSun, 22 Nov 2026 06:00:00 +0000\n")


@pytest.fixture
def gate(backend, new_gate):
    """In front of a real Postfix; clients are those that a balancer names."""
    return new_gate(backend.port, smtp=[{"proxy_from": ["127.0.0.1"]}], greet={"wait": "100ms"},
                    checks={"score": "note"})


@pytest.fixture
def delivered(backend, gate):
    """delivered(client, …) is the file of a message that came from that client."""
    count = collections.Counter()

    def deliver(client, text=None):
        before = set(files(backend))
        count[client] += 1
        with Talk(gate.port) as talk:
            talk.send(proxy_header(client))
            talk.hello()
            talk.mail()
            talk.rcpt("ok@example.org", 250)
            talk.data(text or message(f"of {client}"), 250)
            talk.quit()
        file, = wait_until("the message is in the Maildir", lambda: set(files(backend)) - before)
        # So that nothing but what is learnt changes the record.
        gate.sessions(client, count[client])
        return file
    return deliver


def files(backend):
    folder = backend.folder / "mail/ok/new"
    return list(folder.iterdir()) if folder.exists() else []


def score_of(gate, client):
    return gate.why(client)["record"]["score"]


def exported(gate):
    return gate.cli("export", "--format", "json").ok().out


def told(gate, *arguments):
    """What is told of each message."""
    return [json.loads(line) for line in gate.cli(*arguments, "--json").ok().out.splitlines()]


def of(lines):
    return [(line["address"], line["outcome"]) for line in lines]


def outcomes(lines):
    return collections.Counter(line.get("outcome", "error") for line in lines)


def test_a_message_counts_once_and_not_when_it_is_taken_back(gate, delivered):
    file = delivered(SPAMMER)
    before = exported(gate)
    line, = told(gate, "learn", "spam", file)
    assert (line["file"], line["number"], line["word"]) == (str(file), 1, "spam"), line
    assert (line["address"], line["outcome"], line["score"]) == (SPAMMER, "counted", -1), line
    assert score_of(gate, SPAMMER) == -1
    assert of(told(gate, "learn", "spam", file)) == [(SPAMMER, "known")]
    assert score_of(gate, SPAMMER) == -1
    assert gate.logged(rf"operator action=learn target={SPAMMER}")

    assert of(told(gate, "unlearn", "spam", file)) == [(SPAMMER, "taken_back")]
    assert exported(gate) == before
    assert gate.cli("unlearn", "spam", file).code == 1
    assert exported(gate) == before


def test_a_miss_reported_after_it_counted_as_ham_nets_to_a_spam(gate, delivered):
    file = delivered(SPAMMER)
    before = exported(gate)
    gate.cli("learn", "ham", "--source", "filter", "--by", "program", file).ok()
    assert score_of(gate, SPAMMER) == 1
    gate.cli("learn", "spam", file).ok()
    assert score_of(gate, SPAMMER) == -1
    gate.cli("learn", "spam", "--source", "another user", file).ok()
    assert score_of(gate, SPAMMER) == -1
    gate.cli("unlearn", "spam", "--source", "another user", file).ok()
    gate.cli("unlearn", "spam", file).ok()
    assert score_of(gate, SPAMMER) == 1
    gate.cli("unlearn", "--source", "filter").ok()
    assert exported(gate) == before


def test_it_is_the_same_message_after_a_restart_and_without_a_gate(gate, delivered):
    file = delivered(SPAMMER)
    gate.cli("learn", "spam", file).ok()
    gate.restart()
    assert of(told(gate, "learn", "spam", file)) == [(SPAMMER, "known")]
    gate.terminate()
    assert gate.wait() == 0
    assert of(told(gate, "learn", "spam", file)) == [(SPAMMER, "known")]
    assert of(told(gate, "unlearn", "spam", file)) == [(SPAMMER, "taken_back")]
    gate.start()
    assert score_of(gate, SPAMMER) == 0


def test_a_maildir_and_an_mbox(gate, backend, delivered, folder):
    sent = [delivered(client) for client in (SPAMMER, SPAMMER, OTHER)]
    lines = told(gate, "learn", "spam", backend.folder / "mail/ok")
    assert outcomes(lines) == {"counted": 3}, lines
    assert {line["file"] for line in lines} == {str(file) for file in sent}
    assert (score_of(gate, SPAMMER), score_of(gate, OTHER)) == (-2, -1)

    box = mailbox.mbox(folder / "mbox")
    for file in sent:
        box.add(file.read_bytes())
    box.flush()
    assert outcomes(told(gate, "learn", "spam", folder / "mbox")) == {"known": 3}
    done = gate.cli("unlearn", "spam", "-", input=(folder / "mbox").read_text()).ok()
    assert "3 taken back" in done.out, done
    assert (score_of(gate, SPAMMER), score_of(gate, OTHER)) == (0, 0)


def forward(*attached, subtype="mixed", **parameters):
    """As the program of a user makes it, who logged in to send it."""
    outer = email.message.EmailMessage(policy=email.policy.SMTP.clone(linesep="\n"))
    outer["From"], outer["To"] = "ok@example.org", "spam@example.org"
    outer.set_content("This is spam.\n")
    outer.make_mixed()
    for file in attached:
        outer.add_attachment(email.message_from_bytes(file.read_bytes(), policy=outer.policy))
    return BY_A_USER + outer.as_string()


def feedback(file, kind="abuse"):
    return BY_A_USER + (
        "From: <reports@example.org>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=part\n\n"
        "--part\nContent-Type: text/plain\n\nAn email abuse report.\n\n"
        f"--part\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\n"
        f"User-Agent: Test/1\nVersion: 1\nSource-IP: {VICTIM}\n\n"
        "--part\nContent-Type: message/rfc822\n\n" + file.read_text() + "\n--part--\n")


def test_reports_of_users(gate, delivered, folder):
    first, second = delivered(SPAMMER), delivered(OTHER)
    report = folder / "report"
    report.write_text(forward(first, second))
    assert of(told(gate, "learn", "spam", report)) == [(SPAMMER, "counted"), (OTHER, "counted")]
    assert of(told(gate, "learn", "spam", first)) == [(SPAMMER, "known")], "it is the same message"
    report.write_text(feedback(first))
    assert of(told(gate, "learn", "spam", "--reports", report)) == [(SPAMMER, "known")]
    done = gate.cli("learn", "spam", "--reports", "--source", "pipe", "-", input=feedback(first)).ok()
    assert SPAMMER in done.out
    assert (score_of(gate, SPAMMER), score_of(gate, OTHER)) == (-1, -1)
    refused = gate.cli("learn", "spam", "-", input=feedback(first, "not-spam"))
    assert refused.code == 1 and "no spam" in refused.err, refused
    refused = gate.cli("learn", "ham", "-", input=feedback(second))
    assert refused.code == 1 and "does not say" in refused.err, refused
    assert gate.why(VICTIM)["state"] == "unknown" and score_of(gate, VICTIM) == 0


def test_forged_fields_never_win(gate, delivered, folder):
    """What the spammer writes is below our own field, or in a message that he attached."""
    below = delivered(SPAMMER, FORGED + message("forged below"))
    assert of(told(gate, "learn", "spam", below)) == [(SPAMMER, "counted")]
    inner = folder / "inner"
    inner.write_text(FORGED + message("forged within"))
    within = delivered(SPAMMER, forward(inner).removeprefix(BY_A_USER))
    assert of(told(gate, "learn", "spam", within)) == [(SPAMMER, "counted")]
    as_user = delivered(SPAMMER, forward(inner))
    assert of(told(gate, "learn", "spam", as_user)) == [(SPAMMER, "counted")]
    box = delivered(SPAMMER, message(body="x\n\nFrom a@b Sun Nov 22 06:00:00 2026\n" + FORGED))
    assert of(told(gate, "learn", "spam", box)) == [(SPAMMER, "counted")]
    assert score_of(gate, VICTIM) == 0 and score_of(gate, SPAMMER) == -4


def test_what_has_no_border_is_refused_with_the_reason(gate, delivered, folder):
    before = exported(gate)
    gate.change(learn={"names": ["backend.example.org"]})
    file = folder / "message"
    for text, reason in ((message(), "no Received field"),
                         (FORGED.replace("example.org", "elsewhere.test") + message(), "[learn] names"),
                         (BY_A_USER + message(), "a user who logged in sent it")):
        file.write_text(text)
        refused = gate.cli("learn", "spam", file)
        assert refused.code == 1 and reason in refused.err, refused
    assert exported(gate) == before


def many(count):
    """An mbox: each address has sent some of it, and of one message in a hundred nobody knows who sent it."""
    for number in range(count):
        yield "From a@example.net Sun Nov 22 06:00:00 2026\n"
        if number % 100 != 99:
            yield (f"Received: from x (unknown [198.18.{number % 20}.{number % 200}])\n"
                   f"\tby backend.example.org (Postfix) with ESMTP id {number:X};\n"
                   "\tSun, 22 Nov 2026 06:00:00 +0000\n")
        yield f"Subject: {number}\n\n" + "A line of the text.\n" * 50 + "\n"


def test_many_messages_are_written_together(gate, folder):
    """Thousands, and none of them waits for the disk alone: by the gate, and where none runs."""
    count = 5_000
    box = folder / "mbox"
    box.write_text("".join(many(count)))
    before = gate.json("status")["ledger"]["batches"]
    lines = told(gate, "learn", "spam", box)
    assert outcomes(lines) == {"counted": count * 99 // 100, "error": count // 100}
    assert [line["number"] for line in lines] == list(range(1, count + 1))
    assert {line["file"] for line in lines} == {str(box)}
    assert lines[-1]["word"] == "spam" and "no Received field" in lines[-1]["error"]
    assert gate.json("status")["ledger"]["batches"] - before < count / 10
    assert gate.json("status")["ledger"]["lost"] == 0
    gate.kill()

    assert outcomes(told(gate, "learn", "spam", box))["known"] == count * 99 // 100, "it was on disk"
    assert score_of(gate, "198.18.1.1") == -count // 200
    done = gate.cli("unlearn", "spam", box).ok()
    assert f"{count * 99 // 100} taken back, {count // 100} refused" in done.out, done
    assert gate.why("198.18.1.1")["state"] == "unknown"
