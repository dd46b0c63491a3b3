"""The wrapper, started by an inetd for each connection, in front of real servers and a scripted one."""
import concurrent.futures
import json
import os
import pwd
import re
import shutil
import sys
import time

import pytest

from gate import ENVIRONMENT, Gate, program
from inetd import Inetd
from process import ROOT, client_address, found, free_port, run, wait_until
from sendmail import PROGRAM as SENDMAIL
from sendmail import Sendmail
from talk import Talk, send_mail

# Tells how it was started, greets, and keeps what it hears.
MTA = """\
import fcntl, json, os, socket, sys
opened = sorted(os.listdir("/proc/self/fd"), key=int)[:-1]  # the last is that folder
folder, status = sys.argv[1], int(sys.argv[2])
fields = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
with open(f"{folder}/{os.getpid()}.start", "w") as start:
    json.dump({
        "pid": os.getpid(),
        "arguments": sys.argv[3:],
        "open": opened,
        "blocking": [not fcntl.fcntl(stream, fcntl.F_GETFL) & os.O_NONBLOCK for stream in (0, 1)],
        "sockets": [os.readlink(f"/proc/self/fd/{stream}").split(":")[0] for stream in (0, 1)],
        "blocked": int(fields["SigBlk"], 16),
        "umask": fields["Umask"].strip(),
        "listen": [name for name in os.environ if name.startswith("LISTEN_")],
    }, start)
os.rename(f"{folder}/{os.getpid()}.start", f"{folder}/{os.getpid()}.started")
os.write(1, b"220 mta.example.org\\r\\n")
with open(f"{folder}/{os.getpid()}.part", "wb") as heard:
    while piece := os.read(0, 65536):
        heard.write(piece)
os.rename(f"{folder}/{os.getpid()}.part", f"{folder}/{os.getpid()}.heard")
sys.exit(status)
"""


class Mta:
    """A program for the wrapper to start."""

    def __init__(self, folder):
        self.folder = folder / "mta"
        self.folder.mkdir()
        self._file = folder / "mta.py"
        self._file.write_text(MTA)

    def command(self, *arguments, status=0):
        return [sys.executable, "-I", self._file, self.folder, status, *arguments]

    def starts(self):
        return [json.loads(file.read_text()) for file in self.folder.glob("*.started")]

    def heard(self, count=1):
        """All that each has heard, once so many have ended."""
        def ended():
            files = list(self.folder.glob("*.heard"))
            return len(files) >= count and [file.read_bytes() for file in files]
        return wait_until(f"{count} mail servers have heard all", ended)


@pytest.fixture
def mta(folder):
    return Mta(folder)


@pytest.fixture
def new_settings(folder, request):
    """Settings in a file, and the command line with them: new_settings(**changes)."""
    def make(**changes):
        own = folder / f"settings{len(list(folder.iterdir()))}"
        own.mkdir()
        own.chmod(0o755)
        gate = Gate(own, free_port(), **changes)
        request.addfinalizer(gate.stop)
        gate.write()
        return gate
    return make


@pytest.fixture
def wrapped(starts):
    """An inetd that wraps a program: wrapped(settings, command, how=…)."""
    def start(settings, command, before=(), **options):
        wrapper = [*before, program(), "-c", settings.file, "wrap", "--", *command]
        return starts(Inetd, wrapper, **options)
    return start


@pytest.mark.parametrize("how", ["inetd", "apart", "nonblocking", "passed"])
def test_the_mail_server_takes_the_process_over(new_settings, wrapped, mta, client, how):
    settings = new_settings()
    arguments = ["-bs", "", "two words", "--", "-c", "wrap"]
    inetd = wrapped(settings, mta.command(*arguments, status=7), how=how)
    with Talk(inetd.port, client) as talk:
        talk.greeting("220 mta.example.org")
        assert 0.95 <= talk.waited < 4
        talk.send("QUIT\r\n")
    assert mta.heard() == [b"QUIT\r\n"]
    assert inetd.ended() == [7]
    start, = mta.starts()
    assert f'"pid": {start["pid"]},' in inetd.log
    assert start["arguments"] == arguments
    assert start["open"] == ["0", "1", "2"]
    assert start["sockets"] == ["socket", "socket"] and start["blocking"] == [True, True]
    assert start["blocked"] == 0 and start["listen"] == []
    assert int(start["umask"], 8) == current_umask()
    row, = settings.sessions(client)
    assert (row["door"], row["verdict"], row["closed"]) == ("wrap", "accept", "mta")
    assert row["greet_waited"] >= 1
    # The log never goes to the client.
    told = found(r"session id=\S+ client=(\S+) door=wrap", inetd.log)
    assert told == ([client] if how in ("apart", "passed") else [])


def current_umask():
    umask = os.umask(0)
    os.umask(umask)
    return umask


def test_an_early_talker_is_cut_off(new_settings, wrapped, mta, client):
    settings = new_settings()
    inetd = wrapped(settings, mta.command())
    with Talk(inetd.port, client) as bot:
        bot.send("EHLO bot.example.net\r\nMAIL FROM:<a@example.net>\r\n")
        refusal = bot.greeting("554 5.5.1")
        assert bot.waited < 1
        bot.closed()
    assert inetd.ended() == [0]
    assert settings.standing(client) == "jailed"
    assert client in str(settings.explained(refusal))
    assert settings.checks(client) == {"pregreet", "jail"}
    with Talk(inetd.port, client) as bot:
        bot.greeting("421 4.7.0")
        bot.closed()
    assert mta.starts() == []


def test_who_hangs_up_starts_nothing(new_settings, wrapped, mta, client):
    settings = new_settings()
    inetd = wrapped(settings, mta.command())
    with Talk(inetd.port, client):
        time.sleep(0.2)
    assert inetd.ended() == [0]
    row, = settings.sessions(client)
    assert (row["closed"], row["verdict"]) == ("client", "accept")
    with Talk(inetd.port, client) as talk:
        talk.reset()
    assert inetd.ended(2) == [0, 0]
    assert mta.starts() == [] and settings.standing(client) != "jailed"


def test_who_is_not_served_pays_for_tidying(new_settings, wrapped, mta, client):
    settings = new_settings(journal={"keep": "2s"})
    inetd = wrapped(settings, mta.command())
    with Talk(inetd.port, client):
        time.sleep(0.2)
    assert inetd.ended() == [0] and settings.sessions(client)
    time.sleep(2.5)
    with Talk(inetd.port, client_address()):
        time.sleep(0.2)
    assert inetd.ended(2) == [0, 0]
    assert [row for row in settings.journal() if row["client"] == client] == []


def test_some_do_not_wait(new_settings, wrapped, mta, client):
    settings = new_settings(greet={"wait": "5s", "exempt": [f"{client}/32"]})
    inetd = wrapped(settings, mta.command())

    def visits(address):
        with Talk(inetd.port, address) as talk:
            talk.greeting()
            return talk.waited
    assert visits(client) < 2
    other = client_address()
    settings.cli("except", "add", other).ok()
    assert visits(other) < 2
    settings.cli("except", "remove", other).ok()
    assert visits(other) >= 5


def test_names_are_asked_while_it_waits(new_settings, new_names, wrapped, mta, client):
    names = new_names()
    names.host(client, "mail.example.net")
    other, nobody = client_address(), client_address()
    names.host(other, "mail.example.com")
    names.publish()
    settings = new_settings(greet={"wait": "3s", "exempt": ["example.net"]},
                            dns={"names": True, "servers": [names.endpoint]},
                            checks={"botnet_nordns": "tempfail"})
    inetd = wrapped(settings, mta.command())
    with Talk(inetd.port, client) as talk:
        talk.greeting()
        assert talk.waited < 2.5, "exempt by its name"
    with Talk(inetd.port, other) as talk:
        talk.greeting()
        assert talk.waited >= 2.95
    assert settings.sessions(other)[0]["rdns"] == "mail.example.com"
    with Talk(inetd.port, nobody) as bot:
        refusal = bot.greeting("421 4.7.0")
        assert bot.waited >= 2.95
    assert "botnet_nordns" in str(settings.explained(refusal))


def test_every_byte_comes_to_the_mail_server(new_settings, wrapped, mta, client):
    settings = new_settings()
    inetd = wrapped(settings, mta.command())
    said = bytes(range(256)) * 4000 + b"\r\n.\r\n"
    with Talk(inetd.port, client) as talk:
        talk.greeting()
        for start in range(0, len(said), 77_777):
            talk.send(said[start : start + 77_777])
    assert mta.heard() == [said]


def test_bytes_in_the_instant_when_the_wait_ends(new_settings, wrapped, mta):
    """They are early or the mail server's, all of them, and not one is lost."""
    inetd = wrapped(new_settings(mode="enforce", greet={"wait": "1s"}), mta.command())

    def visit(number):
        with Talk(inetd.port, client_address(), seconds=30) as talk:
            time.sleep(max(0, 0.9 + number * 0.01 - (time.monotonic() - talk._connected)))
            talk.send(f"EHLO {number}\r\n")
            code = talk.greeting(None).code
            return code, number
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(visit, range(40)))
    served = sorted(f"EHLO {number}\r\n".encode() for code, number in outcomes if code == 220)
    assert {code for code, _ in outcomes} <= {220, 554}
    assert served and len(served) < len(outcomes), "all on one side of it"
    assert sorted(mta.heard(len(served))) == served
    assert len(mta.starts()) == len(served)


def test_an_observing_gate_holds_and_serves(new_settings, wrapped, mta, client):
    settings = new_settings(mode="observe")
    inetd = wrapped(settings, mta.command())
    with Talk(inetd.port, client) as bot:
        bot.send("EHLO early\r\n")
        bot.greeting()
        assert bot.waited >= 0.95
    assert mta.heard() == [b"EHLO early\r\n"]
    row, = settings.sessions(client)
    assert (row["verdict"], row["observed"], row["early"]) == ("jail", True, "EHLO early\r\n")
    assert settings.why(client)["observed"]


def test_without_a_ledger(new_settings, wrapped, mta, client):
    settings = new_settings()
    settings.state.write_text("no folder")
    inetd = wrapped(settings, mta.command(), how="apart")
    with Talk(inetd.port, client) as talk:
        talk.greeting()
        assert talk.waited >= 0.95
    with Talk(inetd.port, client) as bot:
        bot.send("EHLO early\r\n")
        bot.greeting(554)
    assert found("alarm word=ledger-in-memory .*no directory", inetd.log)


def test_without_the_right_to_read_the_ledger(new_settings, wrapped, mta, client):
    settings = new_settings()
    settings.cli("ban", client).ok()
    settings.state.chmod(0o700)
    shutil.chown(mta.folder, "uucp")
    before = ["setpriv", f"--reuid={pwd.getpwnam('uucp').pw_uid}", "--clear-groups", "--"]
    inetd = wrapped(settings, mta.command(), before=before, how="apart")
    with Talk(inetd.port, client) as talk:
        talk.greeting()
        assert talk.waited >= 0.95
    assert found("alarm word=ledger-in-memory", inetd.log)


@pytest.mark.parametrize("settings_text", ["mode = \n", "mood = \"enforce\"\n", None])
def test_without_usable_settings(new_settings, wrapped, mta, client, settings_text):
    """The defaults hold: six seconds, and nobody is refused."""
    settings = new_settings()
    settings.file.unlink() if settings_text is None else settings.file.write_text(settings_text)
    inetd = wrapped(settings, mta.command(), how="apart")
    with Talk(inetd.port, client) as bot:
        bot.send("EHLO early\r\n")
        bot.greeting()
        assert 5.9 <= bot.waited < 12
    assert mta.heard() == [b"EHLO early\r\n"]
    assert found("alarm word=bad-settings .*gatepost.toml", inetd.log)


def test_what_hangs_keeps_nobody_from_being_served(new_settings, wrapped, mta, client):
    settings = new_settings()
    settings.file.unlink()
    os.mkfifo(settings.file)  # nobody ever writes to it
    inetd = wrapped(settings, mta.command("-bs", status=3))
    with Talk(inetd.port, client, seconds=30) as talk:
        talk.greeting()
        assert 9 < talk.waited < 20
        talk.send("QUIT\r\n")
    assert mta.heard() == [b"QUIT\r\n"] and inetd.ended() == [3]
    start, = mta.starts()
    assert start["open"] == ["0", "1", "2"] and start["blocked"] == 0


def test_a_program_that_is_not_there(new_settings, wrapped, client):
    inetd = wrapped(new_settings(), ["/usr/sbin/no-such-mta", "-bs"], how="apart")
    with Talk(inetd.port, client) as talk:
        talk.greeting("421 4.3.2")
        talk.closed()
    assert inetd.ended() == [75]
    assert found("alarm word=mta-not-started .*no-such-mta", inetd.log)


def test_by_hand(new_settings):
    """Where standard input is no connection nobody waits."""
    wrap = [program(), "-c", new_settings(greet={"wait": "30s"}).file, "wrap"]
    done = run([*wrap, "--", "cat"], input="QUIT\r\n", env=ENVIRONMENT, seconds=10).ok()
    assert done.out == "QUIT\n" and found("standard input is no connection", done.err)
    assert run([*wrap, "--", "/no/such"], input="", env=ENVIRONMENT, seconds=10).code == 75
    for wrong in (wrap, [*wrap, "--"], [*wrap, "cat"]):
        assert run(wrong, input="", env=ENVIRONMENT, seconds=10).code == 2


def test_one_ledger_with_the_smtp_door(backend, new_gate, wrapped, mta, client):
    gate = new_gate(backend.port)
    inetd = wrapped(gate, mta.command())
    with Talk(inetd.port, client) as bot:
        bot.send("EHLO early\r\n")
        bot.greeting(554)
    caught = time.monotonic()
    gate.change(greet={"wait": "0s"})  # so that nothing but the ledger takes its time
    with Talk(gate.port, client) as bot:
        bot.hello()
        bot.mail()
        bot.rcpt("ok@example.org", 450)
        assert time.monotonic() - caught < 1

    other = client_address()
    visit = send_mail(gate.port, other, "trap@example.org")
    assert visit.reply.code == 550
    time.sleep(0.9)
    with Talk(inetd.port, other) as bot:
        refusal = bot.greeting("421 4.7.0")
    assert other in str(gate.explained(refusal))
    gate.cli("release", other).ok()
    with Talk(inetd.port, other) as bot:
        bot.greeting("220 mta.example.org")
    assert gate.runs() and gate.sessions(other, 3)


def test_exim(new_settings, wrapped, new_exim, client):
    exim = new_exim()
    settings = new_settings()
    inetd = wrapped(settings, exim.on_standard_input())
    visit = send_mail(inetd.port, client, "ok@example.org")
    assert visit.arrived() and visit.waited >= 0.95
    text, = exim.mail_for("ok")
    assert f"[{client}]" in text, "Exim knows the client"
    with Talk(inetd.port, client_address()) as bot:
        bot.send("EHLO bot.example.net\r\n")
        bot.greeting(554)
    assert len(exim.logged("SMTP connection from")) >= 1
    assert not found("bot.example.net", exim.log)
    assert settings.sessions(client)[0]["door"] == "wrap"


def test_sendmail(new_settings, starts, servers, client):
    sendmail = starts(Sendmail, servers)
    settings = new_settings(state="/var/lib/gatepost")
    shutil.copyfile(settings.file, sendmail.host.path("/etc/gatepost.toml"))
    shutil.copy(program(), sendmail.host.path("/usr/local/sbin/gatepost"))
    # Without -Am it would be the Sendmail of local users, who submit mail by -bs.
    inetd = starts(Inetd, ["gatepost", "-c", "/etc/gatepost.toml", "wrap", "--", SENDMAIL, "-Am",
                           "-bs"], host=sendmail.host)
    visit = send_mail(inetd.port, client, "ok@example.org")
    assert visit.arrived() and visit.waited >= 0.95
    text, = sendmail.mail_for("ok")
    assert f"[{client}]" in text, "Sendmail knows the client"
    with Talk(inetd.port, client_address()) as bot:
        bot.send("EHLO bot.example.net\r\n")
        bot.greeting(554)


def test_the_units(folder):
    """A service for each connection; systemd itself looks at them where there is one."""
    units = {}
    for name in "gatepost-wrap.socket", "gatepost-wrap@.service":
        text = (ROOT / "packaging" / name).read_text()
        units[name] = dict(re.findall(r"^(\w+)=(.*)$", text, re.M))
        for path in "/usr/local/sbin/gatepost", "/usr/sbin/exim4":
            text = text.replace(path, "/bin/true")
        (folder / name).write_text(text)
    service = units["gatepost-wrap@.service"]
    assert service["ExecStart"].endswith("gatepost wrap -- /usr/sbin/exim4 -bs")
    assert (service["StandardInput"], service["StandardError"]) == ("socket", "journal")
    assert service["KillMode"] == "process", "deliveries outlive the connection"
    assert units["gatepost-wrap.socket"]["Accept"] == "yes"
    for name in ("gatepost-wrap.socket", "gatepost-wrap@one.service"):
        if shutil.which("systemd-analyze"):
            done = run(["systemd-analyze", "verify", "--man=no", folder / name], env=ENVIRONMENT)
            assert done.ok() and "gatepost-wrap" not in done.err, repr(done)
