"""What can somebody do who has taken over the gate? Each attempt would succeed without the sandbox."""
import errno
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import ssl

import pytest

from certificate import new_certificate
from gate import gate_user
from intruder import AT_EMPTY_PATH, AT_FDCWD, IntrudedGate, key_asked_for
from process import wait_until
from talk import send_mail

NETLINK, RAW, NETFILTER, AUDIT = 16, 3, 12, 9
WRITE_NEW = os.O_WRONLY | os.O_CREAT


@pytest.fixture
def certificate(folder):
    made = new_certificate(folder)
    made.key.chmod(0o600)
    return made


@pytest.fixture
def new_intruded(starts, new_sink, certificate):
    """A gate with an intruder, with certificate; unprivileged: one that its own user starts."""
    sink = new_sink(proxy=True)

    def start(unprivileged=False, kind=IntrudedGate, **options):
        user = gate_user() if unprivileged else None
        if user:
            os.chown(certificate.key, user.pw_uid, user.pw_gid)
        gate = starts(kind, sink.port, user=user, greet={"wait": "100ms"},
                      smtp=[certificate.settings()], **options)
        return gate
    return start


def others(gate, name):
    """A folder outside of all that the gate was given, whose files are its user's, and anybody's."""
    folder = gate.folder.parent / name
    folder.mkdir()
    folder.chmod(0o777)
    for file in ("theirs", "also theirs"):
        (folder / file.replace(" ", "-")).write_text("precious")
        (folder / file.replace(" ", "-")).chmod(0o666)
        os.chown(folder / file.replace(" ", "-"), gate_user().pw_uid, gate_user().pw_gid)
    return folder


def attempts_on_files(gate, theirs):
    """(what, how): what any user could do with files that are open to all, and is none of ours."""
    return [
        ("write a new file", lambda: gate.open(theirs / "new", WRITE_NEW)),
        ("write in /tmp", lambda: gate.open(f"/tmp/gatepost-intruder-{gate.pid}", WRITE_NEW)),
        ("write a file", lambda: gate.open(theirs / "theirs", os.O_WRONLY)),
        ("append to a file", lambda: gate.open(theirs / "theirs", os.O_WRONLY | os.O_APPEND)),
        ("read a file", lambda: gate.open(theirs / "theirs")),
        ("list a folder", lambda: gate.open(theirs, os.O_RDONLY | os.O_DIRECTORY)),
        ("list /", lambda: gate.open("/", os.O_RDONLY | os.O_DIRECTORY)),
        ("truncate a file", lambda: gate.call("truncate", theirs / "theirs", 0)),
        ("make a folder", lambda: gate.call("mkdir", theirs / "folder", 0o700)),
        ("make a link", lambda: gate.call("symlink", "/etc/shadow", theirs / "link")),
        ("make one in its state", lambda: gate.call("symlink", "/etc/shadow", gate.state / "link")),
        ("rename a file", lambda: gate.call("rename", theirs / "theirs", theirs / "renamed")),
        ("remove a file", lambda: gate.call("unlink", theirs / "also-theirs")),
        ("read the list of processes' memory", lambda: gate.open("/proc/self/mem")),
    ]


def attempts_on_processes(gate):
    keeper = gate.helper("gatepost-keeper")
    return [
        ("make a process", lambda: gate.call("fork")),
        ("make an executable file in memory", lambda: executable_in_memory(gate)),
        ("signal the keeper", lambda: gate.call("kill", keeper, 0)),
        ("signal the keeper by descriptor", lambda: gate.call("pidfd_open", keeper, 0)),
        ("read the keeper's memory",
         lambda: gate.call("process_vm_readv", keeper, 0, 0, 0, 0, 0)),
        ("trace the keeper", lambda: gate.call("ptrace", 0x4206, keeper, 0, 0)),  # PTRACE_SEIZE
        ("look into another process", lambda: gate.open(f"/proc/{keeper}/maps")),
        ("have a name space of its own", lambda: gate.call("unshare", 0x00000400)),  # CLONE_FILES
        ("have an io_uring", lambda: gate.call("io_uring_setup", 1, bytearray(120))),
    ]


def executable_in_memory(gate):
    """Running it is tried at the end: it is the gate's end where it succeeds."""
    return gate.call("execveat", -1, "none", 0, 0, AT_EMPTY_PATH)


def attempts_of_root(gate, certificate):
    """Those that need root's power."""
    return [
        ("reach the packet filter", lambda: gate.call("socket", NETLINK, RAW, NETFILTER)),
        ("read the audit", lambda: gate.call("socket", NETLINK, RAW, AUDIT)),
        ("forge packets", lambda: gate.call("socket", 2, RAW, 255)),
        ("read all packets", lambda: gate.call("socket", 17, RAW, 768)),
        ("read the private key", lambda: gate.open(certificate.key)),
        ("read passwords", lambda: gate.open("/etc/shadow")),
        ("write in /etc", lambda: gate.open(f"/etc/gatepost-intruder-{gate.pid}", WRITE_NEW)),
        ("write the settings", lambda: gate.open(gate.file, os.O_WRONLY)),
        ("write beside its program", lambda: gate.open(f"{gate.program}.new", WRITE_NEW)),
        ("be root", lambda: gate.call("setuid", 0)),
        ("be root by all its users", lambda: gate.call("setresuid", 0, 0, 0)),
        ("have a name space of mounts", lambda: gate.call("unshare", 0x00020000)),  # CLONE_NEWNS
        ("load a program into the kernel",
         lambda: gate.call("bpf", 0, bytearray(72), 72)),  # a map: EINVAL where it may
    ]


def put_aside(gate):
    """What attempts that succeeded have left on this machine."""
    for place in ("/tmp", "/etc"):
        pathlib.Path(f"{place}/gatepost-intruder-{gate.pid}").unlink(missing_ok=True)


def outcomes(gate, attempts):
    try:
        return {what: how() for what, how in attempts}
    finally:
        put_aside(gate)


def refused(outcome):
    return outcome.refused


def possible(outcome):
    """Done, or refused for what was asked, not for who asks."""
    return not outcome.refused


def still_serves(gate, client):
    assert send_mail(gate.port, client, "ok@example.org").arrived()


def test_of_a_gate_that_root_started(new_intruded, certificate, client):
    gate = new_intruded()
    theirs = others(gate, "others")
    attempts = (attempts_on_files(gate, theirs) + attempts_on_processes(gate) +
                attempts_of_root(gate, certificate))
    wrong = {what: str(outcome) for what, outcome in outcomes(gate, attempts).items()
             if not refused(outcome)}
    assert not wrong, f"these were not refused: {wrong}"
    for name in ("CapPrm", "CapEff"):
        assert gate.status(name) == f"{1 << 10:016x}", "more than CAP_NET_BIND_SERVICE"
    for name in ("CapInh", "CapBnd", "CapAmb"):
        assert gate.status(name) == "0" * 16, name
    assert gate.status("NoNewPrivs") == "1" and gate.status("Seccomp") == "2"
    assert str(gate_user().pw_uid) in gate.status("Uid").split()
    assert theirs.joinpath("theirs").read_text() == "precious"
    still_serves(gate, client)


def test_of_a_gate_that_its_own_user_started(new_intruded, certificate, client):
    gate = new_intruded(unprivileged=True)
    theirs = others(gate, "others")
    attempts = attempts_on_files(gate, theirs) + attempts_on_processes(gate) + [
        ("read its own private key", lambda: gate.open(certificate.key)),
        ("write its own settings", lambda: gate.open(gate.file, os.O_WRONLY)),
        ("write beside its program", lambda: gate.open(f"{gate.program}.new", WRITE_NEW)),
        ("replace its program", lambda: gate.call("unlink", gate.program)),
    ]
    wrong = {what: str(outcome) for what, outcome in outcomes(gate, attempts).items()
             if not refused(outcome)}
    assert not wrong, f"these were not refused: {wrong}"
    assert gate.status("CapPrm") == "0" * 16
    assert theirs.joinpath("theirs").read_text() == "precious"
    still_serves(gate, client)


@pytest.mark.parametrize("unprivileged", [False, True])
def test_each_attempt_would_succeed(new_intruded, certificate, unprivileged):
    """Without the sandbox, and with the power that the gate was started with."""
    gate = new_intruded(sandbox=False, unprivileged=unprivileged)
    attempts = attempts_on_files(gate, others(gate, "others")) + attempts_on_processes(gate)
    if unprivileged:
        attempts += [
            ("read its own private key", lambda: gate.open(certificate.key)),
            ("write its own settings", lambda: gate.open(gate.file, os.O_WRONLY)),
            ("write beside its program", lambda: gate.open(f"{gate.program}.new", WRITE_NEW)),
            ("replace its program", lambda: gate.call("unlink", gate.program)),
        ]
    else:
        attempts += attempts_of_root(gate, certificate)
    wrong = {what: str(outcome) for what, outcome in outcomes(gate, attempts).items()
             if not possible(outcome)}
    assert not wrong, f"these are refused anyway, so the tests above say nothing of them: {wrong}"


def run_in_its_place(gate):
    """Tries to become another program, each way; None where it did."""
    memory = gate.call("memfd_create", "program", 0)
    assert memory.done or memory.error == errno.EPERM
    true = os.path.realpath(shutil.which("true"))
    return [
        lambda: gate.call("execveat", AT_FDCWD, true, 0, 0, 0),
        lambda: gate.call("execve", f"/proc/self/fd/{memory.result}", 0, 0),
        lambda: gate.call("execveat", memory.result, "", 0, 0, AT_EMPTY_PATH),
        lambda: gate.call("execve", true, 0, 0),
    ]


def test_runs_no_program(new_intruded, client):
    gate = new_intruded()
    for attempt in run_in_its_place(gate):
        assert attempt().error == errno.EPERM
    still_serves(gate, client)


def test_would_run_a_program(new_intruded):
    gate = new_intruded(sandbox=False)
    *others_, last = run_in_its_place(gate)
    for attempt in others_[1:]:
        assert attempt().error == errno.ENOEXEC  # there is nothing in it; nobody kept us from it
    assert last() is None
    assert gate.wait() == 0, "it is true(1) now"


def test_the_key_is_handed_out_once(new_intruded, certificate, folder, client):
    gate = new_intruded()
    assert key_asked_for(gate) == (0, 0, 0, 0)
    assert key_asked_for(gate, of_pairs=0, index=99)[0] == errno.EINVAL
    certificate.key.touch()
    certificate.key.chmod(0o640)
    assert key_asked_for(gate) == (0, 0, 0, 0), "it is the same key"
    # It is asked for in the right way: another one comes.
    other = new_certificate(folder, stem="other")
    certificate.certificate.write_bytes(other.certificate.read_bytes())
    certificate.key.write_bytes(other.key.read_bytes())
    error, is_new, *sizes = key_asked_for(gate)
    assert (error, is_new) == (0, 1)
    assert sizes == [other.certificate.stat().st_size, other.key.stat().st_size]


# ---- what must go on

def shown(gate):
    """The certificate that clients see."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP("127.0.0.1", gate.port, timeout=10) as talk:
        talk.starttls(context=trusting)
        return talk.sock.getpeercert(binary_form=True)


def test_a_key_of_roots_is_renewed(new_intruded, certificate, folder):
    gate = new_intruded()
    assert certificate.key.stat().st_mode & 0o777 == 0o600 and certificate.key.stat().st_uid == 0
    for stem in ("second", "third"):
        before, other = shown(gate), new_certificate(folder, stem=stem)
        # As install(1) does: other files of the same names.
        other.key.chmod(0o600)
        other.key.replace(certificate.key)
        gate.reload()
        gate.logged("reload result=refused .*tls_key", 5)
        assert shown(gate) == before
        other.certificate.replace(certificate.certificate)
        gate.reload()
        assert shown(gate) != before
    before = shown(gate)
    gate.reload()
    assert shown(gate) == before, "those that are as they were stay"


def test_new_keys_and_logs_need_a_restart(new_intruded, certificate, folder, client):
    other = new_certificate(folder, stem="other")
    other.key.chmod(0o600)
    gate = new_intruded()
    before = shown(gate)
    gate.change(smtp=[other.settings()])
    gate.logged(f"alarm word=needs-restart text=.*{other.key}")
    gate.logged("reload result=refused .*tls_key")
    assert shown(gate) == before
    still_serves(gate, client)
    logs = folder / "logs"
    logs.mkdir()
    gate.change(smtp=[certificate.settings()], follow=[{"log": str(logs / "mail.log")}])
    gate.logged(f"alarm word=needs-restart text=.*{logs} may be read")
    gate.logged("reload result=done")
    gate.change(smtp=[other.settings()], follow=None)
    gate.restart()
    assert shown(gate) != before


def test_without_its_keeper_it_goes_on(new_intruded, client):
    gate = new_intruded()
    os.kill(gate.helper("gatepost-keeper"), signal.SIGKILL)
    before = shown(gate)
    gate.reload()
    gate.logged("reload result=refused .*restart the gate")
    assert shown(gate) == before
    still_serves(gate, client)


def test_the_keeper_ends_with_it(new_intruded):
    gate = new_intruded()
    keeper = gate.helper("gatepost-keeper")
    os.kill(keeper, signal.SIGTERM)
    assert pathlib.Path(f"/proc/{keeper}/comm").exists(), "such a signal is the gate's"
    for name, value in (("CapEff", f"{1 << 2:016x}"), ("CapBnd", "0" * 16), ("Seccomp", "2")):
        assert gate.status(name, keeper) == value, name
    gate.kill()
    wait_until("the keeper has ended", lambda: not pathlib.Path(f"/proc/{keeper}/comm").exists())


def test_all_its_threads_are_held(new_intruded):
    gate = new_intruded()
    threads = list(pathlib.Path(f"/proc/{gate.pid}/task").iterdir())
    assert len(threads) > 2
    for thread in threads:
        status = (thread / "status").read_text("ascii")
        for line in ("Seccomp:\t2", "NoNewPrivs:\t1", f"CapPrm:\t{1 << 10:016x}"):
            assert line in status, f"{thread}: {status}"


@pytest.fixture
def low_port():
    """One below 1024 that nobody has."""
    for port in range(600, 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port")


@pytest.mark.parametrize("unprivileged", [False, True])
def test_a_low_port_is_opened_by_a_reload(new_intruded, low_port, client, unprivileged):
    gate = new_intruded(unprivileged=unprivileged, ambient=unprivileged)
    for name, value in (("CapPrm", 1 << 10), ("CapInh", 0), ("CapAmb", 0)):
        assert gate.status(name) == f"{value:016x}", name
    gate.change(smtp=[{"listen": [f"127.0.0.1:{gate.port}", f"127.0.0.1:{low_port}"]}])
    assert send_mail(low_port, client, "ok@example.org").arrived()


ENFORCER = """#!/bin/sh
exec >{told} 2>&1
echo "$@"
grep CapEff /proc/self/status
env | grep NOTIFY_SOCKET
eval "cat <&$4"
echo ended
"""


def test_it_starts_the_enforcer(new_intruded, folder, client):
    """A stand-in, which tells how it was started, and waits for the end of its lifeline."""
    told = folder / "told"

    class Prepared(IntrudedGate):
        def write(self):
            script = self.folder / "gatepost-enforcer"
            script.write_text(ENFORCER.format(told=told))
            script.chmod(0o755)
            super().write()

    gate = new_intruded(kind=Prepared, enforce={"nftables": True,
                                                "socket": str(folder / "enforcer.sock")})
    words = wait_until("it runs", lambda: told.exists() and told.read_text().split("\n"))
    assert words[0].split()[:3] == ["-c", str(gate.file), "--lifeline"]
    wait_until("it tells its power", lambda: "CapEff" in told.read_text())
    assert "CapEff:\t" + "0" * 16 not in told.read_text(), "it is started by root"
    assert "NOTIFY_SOCKET" not in told.read_text()
    script = gate.helper("gatepost-enforc")
    assert gate.call("kill", script, 0).error == errno.EPERM
    still_serves(gate, client)
    gate.kill()
    wait_until("it ends with the gate", lambda: told.read_text().endswith("ended\n"))


def test_without_an_enforcer_it_goes_on(new_intruded, folder, client):
    gate = new_intruded(enforce={"nftables": True, "socket": str(folder / "enforcer.sock")})
    gate.logged("no packet filter: there is no gatepost-enforcer beside this program")
    still_serves(gate, client)


def test_one_that_answers_is_left_alone(new_intruded, folder):
    place = folder / "enforcer.sock"
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(place))
        there.listen()
        gate = new_intruded(enforce={"nftables": True, "socket": str(place)})
        assert "no packet filter" not in gate.log
