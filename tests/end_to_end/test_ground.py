"""Do the servers that the other tests stand on work, without a gate?"""
import smtplib
import socket

from talk import Talk, message, send_mail

CLAIMED = "203.0.113.77"


def proxy_v2(client):
    """A header that claims this client, IPv4 or IPv6, from port 40000 to port 25."""
    v6 = ":" in client
    addresses = [socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, address)
                 for address in (client, "::1" if v6 else "127.0.0.1")]
    body = b"".join(addresses) + (40000).to_bytes(2, "big") + (25).to_bytes(2, "big")
    family = b"\x21" if v6 else b"\x11"
    return b"\r\n\r\n\0\r\nQUIT\n\x21" + family + len(body).to_bytes(2, "big") + body


def test_postfix_believes_proxy_v2(backend):
    with Talk(backend.port) as client:
        client.send(proxy_v2(CLAIMED))
        client.hello()
        client.mail("a@example.net")
        client.rcpt("ok@example.org", 250)
        client.data(message("by proxy"), 250)
        client.quit()
    backend.logged(rf"smtpd.*connect from unknown\[{CLAIMED}\]")
    text = backend.mail_for("ok")[0]
    assert "Subject: by proxy" in text and f"[{CLAIMED}]" in text
    assert backend.clients() == [CLAIMED]


def test_postfix_believes_an_ipv6_client(backend):
    with Talk(backend.port) as client:
        client.send(proxy_v2("2001:db8::7"))
        client.hello()
        client.quit()
    backend.logged(r"smtpd.*connect from unknown\[2001:db8::7\]")


def test_postfix_believes_proxy_v1(backend):
    with Talk(backend.port) as client:
        client.send(f"PROXY TCP4 {CLAIMED} 127.0.0.1 40000 25\r\n")
        client.hello()
        client.quit()
    backend.logged(rf"smtpd.*connect from unknown\[{CLAIMED}\]")


def test_postfix_knows_its_users(new_postfix):
    postfix = new_postfix()
    expected = {"ok@example.org": (250, "2.1.5"), "nobody-here@example.org": (550, "5.1.1"),
                "user7@example.org": (250, "2.1.5"), "Postmaster": (250, "2.1.5"),
                "ok@example.com": (554, "5.7.1")}
    visit = send_mail(postfix.port, "127.0.0.1", list(expected))
    met = {name: (reply.code, reply.status) for name, reply in visit.recipients.items()}
    assert met == expected
    assert visit.arrived()
    postfix.mail_for("user7")
    postfix.mail_for("ok")
    postfix.settle()


def test_postfix_sends_through_a_relay(new_postfix, new_sink, client):
    sink = new_sink()
    sender = new_postfix(relay=sink.port, source=client)
    sender.submit(message("outbound"), "a@example.net", "b@example.com")
    received, = sink.wait_for(1)
    assert received.sender == "a@example.net" and received.recipients == ["b@example.com"]
    assert b"Subject: outbound\r\n" in received.data
    assert sink.sessions[0].peer == client
    sender.settle()


def test_postfix_tries_again_what_was_deferred(new_postfix, new_sink, client):
    attempts = []

    def refuse_twice(session, argument):
        attempts.append(argument)
        return "450 4.2.0 later" if len(attempts) <= 2 else None

    sink = new_sink(answers={"RCPT": refuse_twice})
    sender = new_postfix(relay=sink.port, source=client)
    sender.submit(message("patient"), "a@example.net", "b@example.com")
    sink.wait_for(1, seconds=30)
    assert len(attempts) == 3


def test_exim_sends_and_receives(new_exim, client):
    receiver = new_exim()
    sender = new_exim(relay=receiver.port, source=client)
    sender.submit(message("from exim"), "a@example.net", "ok@example.org")
    text, = receiver.mail_for("ok")
    assert "Subject: from exim" in text
    receiver.logged(rf"<= a@example.net H=.*\[{client}\]")


def test_exim_knows_its_users(new_exim):
    recipients = ["nobody-here@example.org", "ok@example.org", "ok@example.com"]
    visit = send_mail(new_exim().port, "127.0.0.1", recipients)
    replies = [(reply.code, reply.status) for reply in visit.recipients.values()]
    assert replies == [(550, "5.1.1"), (250, None), (550, "5.7.1")]
    assert visit.arrived()


def test_exim_believes_proxy_v2(new_exim):
    exim = new_exim(proxy=True)
    with Talk(exim.port) as client:
        client.send(proxy_v2(CLAIMED))
        client.hello()
        client.mail("a@example.net")
        client.rcpt("ok@example.org", 250)
        client.data(message(), 250)
        client.quit()
    exim.mail_for("ok")
    exim.logged(rf"<= a@example.net H=.*\[{CLAIMED}\]")


def test_smtp_source_fills_smtp_sink(tools):
    sink = tools.smtp_sink()
    try:
        tools.smtp_source(sink.port, "ok@example.org", "-m", "20", "-s", "2", "-l", "2000").ok()
    finally:
        sink.end()
    assert not sink.runs()


def test_smtp_source_stops_at_a_refusal(tools, new_sink):
    sink = new_sink(answers={"RCPT": "550 5.1.1 no"})
    assert tools.smtp_source(sink.port, "ok@example.org").code != 0


def test_swaks_reports_what_it_met(tools, new_sink, client):
    sink = new_sink()
    tools.swaks(sink.port, "ok@example.org", source=client).ok()
    sink.wait_for(1)
    assert sink.sessions[0].peer == client
    sink.answers["RCPT"] = "550 5.1.1 no"
    assert tools.swaks(sink.port, "ok@example.org", source=client).code != 0
    sink.wait_for(1)


def test_the_sink_remembers_and_obeys(new_sink):
    sink = new_sink(proxy=True, answers={"VRFY": "252 2.5.2 who knows"})
    with Talk(sink.port) as client:
        client.send(proxy_v2(CLAIMED))
        client.hello()
        client.say("VRFY x", 252)
        client.mail()
        client.rcpt("b@example.org", 250)
        client.data("Subject: dots\n\n.one\n..two\n", 250)
        client.quit()
    message_, = sink.messages
    assert message_.data == b"Subject: dots\r\n\r\n.one\r\n..two\r\n"
    session, = sink.sessions
    assert session.client == CLAIMED
    assert session.received.endswith(b"..one\r\n...two\r\n.\r\nQUIT\r\n")


def test_smtplib_meets_the_sink(new_sink):
    sink = new_sink()
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        client.sendmail("a@example.net", ["b@example.org", "c@example.org"], message())
    assert sink.wait_for(1)[0].recipients == ["b@example.org", "c@example.org"]
