"""proxied and proxied_tls: the CPU that a message costs whoever passes it on to a mail server."""
import dataclasses
import os
import time

import meter
import table
from peers import Gatepost, Haproxy, Nginx, Postscreen, Sink

from certificate import new_certificate

SESSIONS = 16  # at a time
REUSED = 20    # messages of a session


@dataclasses.dataclass
class Mail:
    name: str
    bytes: int
    per_session: int
    messages: int


def kinds_of_mail(size):
    few, many = size.messages, size.messages * 2
    return [Mail("1 KiB, new session", 1024, 1, few), Mail("50 KiB, new session", 51200, 1, few),
            Mail("1 KiB, reused", 1024, REUSED, many), Mail("50 KiB, reused", 51200, REUSED, few)]


@dataclasses.dataclass
class Contestant:
    name: str
    peer: object
    options: dict = dataclasses.field(default_factory=dict)  # of the load
    share: float = 1  # of the messages: who is slow gets fewer


def send(stage, contestant, mail, size):
    """Seconds of CPU for a thousand messages. Fails when one is lost."""
    messages = max(mail.per_session, int(mail.messages * contestant.share))
    before = meter.cpu_seconds(contestant.peer.pids)
    load = stage.load("messages", contestant.peer.port, messages=messages, sessions=SESSIONS,
                      per_session=mail.per_session, bytes=mail.bytes, **contestant.options)
    result = load.result()
    time.sleep(min(size.settle, 0.4))  # what is written behind a session's end counts, too
    assert result["sent"] == messages, (contestant.name, result, contestant.peer.log[-2000:])
    return (meter.cpu_seconds(contestant.peer.pids) - before) / messages * 1000


def compare(stage, contestants, mails, size):
    """Rows: a contestant and its cost for each kind of mail; rounds interleave, the median counts."""
    costs = {(each.name, mail.name): [] for each in contestants for mail in mails}
    warm_up = size.rounds > 1
    for number in range(size.rounds + warm_up):
        for mail in mails:
            for each in contestants:
                cost = send(stage, each, mail, size)
                if number >= warm_up:
                    costs[each.name, mail.name].append(cost)
    return costs


def rows_of(costs, contestants, mails):
    rows = []
    for each in contestants:
        row = {"CPU s per 1,000": each.name}
        for mail in mails:
            row[mail.name] = table.median(costs[each.name, mail.name])
        for mail in mails:
            first = table.median(costs[contestants[0].name, mail.name])
            row[f"× ({mail.name})"] = table.ratio(row[mail.name], first)
        rows.append(row)
    return rows


def show(stage, title, costs, contestants, mails):
    rows = rows_of(costs, contestants, mails)
    table.show(title, list(rows[0]), rows, stage.results)
    widest = max((table.spread(values), name) for name, values in costs.items())
    print(f"Rounds differ from their median by ±{widest[0]:.0%} at most ({', '.join(widest[1])}).")


def proxied(stage, size):
    with_header, plain = stage.start(Sink, True), stage.start(Sink, False)
    at_once = {"greet": {"wait": "0s"}}
    haproxy = stage.start(Haproxy, with_header.port)
    gate = stage.start(Gatepost, with_header.port, **at_once)
    one_loop = stage.start(Gatepost, with_header.port, cores={0}, **at_once)
    contestants = [
        Contestant("HAProxy", haproxy),
        Contestant("HAProxy, a log line a session", stage.start(Haproxy, with_header.port, logs=True)),
        Contestant("HAProxy, a thread a core",
                   stage.start(Haproxy, with_header.port, threads=len(os.sched_getaffinity(0)))),
        Contestant("nginx mail", stage.start(Nginx, with_header.port)),
        Contestant("postscreen, smtpd", stage.start(Postscreen, plain.port), share=0.25),
        Contestant("gatepost", gate),
        Contestant("gatepost, one loop", one_loop),
        Contestant("HAProxy, pipelining", haproxy, {"pipelining": True}),
        Contestant("gatepost, pipelining", gate, {"pipelining": True}),
    ]
    mails = kinds_of_mail(size)
    show(stage, "proxied: mail", compare(stage, contestants, mails, size),
         contestants, mails)


def proxied_tls(stage, size):
    sink = stage.start(Sink, True)
    certificate = new_certificate(stage.folder)
    gate = {"greet": {"wait": "0s"}}
    implicit = stage.start(Gatepost, sink.port, smtp=[certificate.settings("implicit")], **gate)
    starttls = stage.start(Gatepost, sink.port, smtp=[certificate.settings("starttls")], **gate)
    one_loop = stage.start(Gatepost, sink.port, cores={0},
                           smtp=[certificate.settings("implicit")], **gate)
    contestants = [
        Contestant("HAProxy, implicit TLS", stage.start(Haproxy, sink.port, certificate),
                   {"tls": "implicit"}),
        Contestant("gatepost, implicit TLS", implicit, {"tls": "implicit"}),
        Contestant("gatepost, implicit TLS, one loop", one_loop, {"tls": "implicit"}),
        Contestant("gatepost, STARTTLS", starttls, {"tls": "starttls"}),
    ]
    mails = kinds_of_mail(size)
    show(stage, "proxied_tls: TLS 1.3, AES-128-GCM, P-256, nothing resumed",
         compare(stage, contestants, mails, size), contestants, mails)
