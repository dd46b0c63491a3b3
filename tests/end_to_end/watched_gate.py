"""A gate whose page has something to show: hours of mail, all kinds of offenders, and what strangers write."""
import concurrent.futures
import json
import urllib.request

from process import client_address, free_port, wait_until
from shifted_gate import ShiftedGate
from talk import Talk, brought_by_balancer, send_mail

OPERATOR, READER = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba98"
TRAP, USER, NOBODY = "trap@example.org", "ok@example.org", "nobody@example.org"
HOURS = 3  # before the last one, in which there was mail
# What would be markup, a script or a command to a terminal, were it taken for more than text.
NAME = r"\060script\062alert\0401\041\060\047script\062.evil.test"  # as in a zone file
HELLO = b"<script>alert(2)</script>\"><img/src=x/onerror=alert(3)>'"
EARLY = b"\x1b[31m\x07\xe2\x80\xae<b>\r\n"  # with what turns the direction of text
REASON = "has a <b>bad</b> \u202ename"
SENDER = "\"\\\"><img src=x onerror=alert(4)>\"@evil.test"


def near(client, last):
    return client.rsplit(".", 1)[0] + f".{last}"


class WatchedGate(ShiftedGate):
    """In front of a backend by PROXY v2 that knows no user whose name has "nobody".

    names: NameServers with the list bl.test. Each kind of visitor has networks of its
    own: good[], early[] (of one network), trapped[], long (trapped, too), guesser, listed, hostile, blocked,
    banned (for ever), excepted.
    """

    def __init__(self, folder, backend, names):
        self.good = [client_address() for _ in range(4)]
        network = client_address()
        self.early = [near(network, last) for last in (11, 12, 13)]
        self.trapped = [client_address() for _ in range(4)]
        self.guesser, self.hostile, self.blocked, self.banned, self.excepted = (
            client_address() for _ in range(5))
        # Brought by a balancer: of loopback addresses no list is asked, and they are short.
        self.listed, self.long = "203.0.113.9", "2001:db8:1234:5678:9abc:def0:1234:5678"
        self._names = names
        files = {}
        for name, token in (("operator", OPERATOR), ("read", READER)):
            files[name] = folder / f"{name}.token"
            files[name].write_text(token + "\n")
            files[name].chmod(0o600)
        self.host = f"127.0.0.1:{free_port()}"
        super().__init__(
            folder, backend, smtp=[{"proxy_from": ["127.0.0.1"]}], greet={"wait": "700ms"}, jail={"first": "50m"},
            dns={"names": True, "servers": [names.endpoint], "timeout": "2s"},
            dnsbl=[{"zone": "bl.test", "points": {'"127.0.0.2"': 6}}], checks={"dnsbl": "reject"},
            traps={"recipients": [TRAP], "unknown_recipients": {"count": 3, "in": "1h"}},
            web={"listen": self.host, "operator_token_file": str(files["operator"]),
                 "read_token_file": str(files["read"])})

    def live_through(self):
        """All that the page will tell of."""
        self._names.host(self.hostile, NAME)
        self._names.host(self.listed, "mail.listed.test")
        self._names.lists["bl.test"].add(self.listed)
        self._names.publish()
        wait_until("the list was tested", lambda: self.json("status", code=None)["dnsbl"][0]["state"] != "untested")
        for ago in range(HOURS, 0, -1):
            self._start_again_at(-3600 * ago - 600)
            _all([(self._write, client) for client in self.good])
        self._start_again_at(-120)
        _all([*((self._write, client) for client in (*self.good, self.blocked)),
              (brought_by_balancer, self.port, self.listed), (brought_by_balancer, self.port, self.long, TRAP),
              *((self._talk_early, client) for client in self.early),
              *((self.spring, client) for client in self.trapped),
              (self._guess, self.guesser), (self._write_nonsense, self.hostile)])
        self.cli("learn", "spam", "--address", self.blocked).ok()
        self.cli("ban", self.banned, "--for", "forever", "--reason", REASON).ok()
        self.cli("except", "add", self.excepted, "--reason", "our customer's").ok()
        for client in (*self.early, *self.trapped, self.guesser, self.hostile):
            self.wait_for_standing(client, "jailed")
        self._start_again_at(0)

    def _start_again_at(self, seconds):
        """So far from now. What a minute had is kept at the gate's end, or when it is over."""
        self.terminate()
        assert self.wait() == 0
        self.set_forward(seconds)
        self.start()

    def ask(self, path, token=READER):
        """What the API says over [web]."""
        request = urllib.request.Request(f"http://{self.host}{path}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def reply_to(self, client, recipient=USER):
        """What the gate says to a recipient of this client now, or at connect."""
        with Talk(self.port, client) as talk:
            reply = talk.reply()
            if reply.code == 220:
                talk.say("EHLO client.example.net", 250)
                talk.mail()
                reply = talk.rcpt(recipient)
                talk.quit()
        return reply

    def spring(self, client):
        """The trap; whoever does so is in jail."""
        with Talk(self.port, client) as talk:
            talk.hello(f"host{client.rpartition('.')[2]}.example.net")
            talk.mail()
            talk.rcpt(TRAP, 550)
            talk.quit()

    def _write(self, client):
        send_mail(self.port, client, USER)

    def _talk_early(self, client):
        with Talk(self.port, client) as talk:
            talk.send(EARLY)
            talk.greeting()
            talk.reply(521)

    def _guess(self, client):
        with Talk(self.port, client) as talk:
            talk.hello()
            talk.mail()
            for number in range(5):
                talk.rcpt(f"{number}.{NOBODY}")
            talk.quit()

    def _write_nonsense(self, client):
        with Talk(self.port, client) as talk:
            talk.greeting()
            talk.say(b"EHLO " + HELLO)
            talk.mail(SENDER)
            talk.rcpt(TRAP)
            talk.quit()


def _all(deeds):
    with concurrent.futures.ThreadPoolExecutor(len(deeds)) as pool:
        for done in [pool.submit(*deed) for deed in deeds]:
            done.result()
