"""Does a newcomer get a gate without writing a file?"""
import pytest

from host import Host, lay_out_checkout
from process import ROOT, found, wait_until

TAKEN, DELIVERY_REFUSED = 0, 24  # exit statuses of swaks


@pytest.fixture
def host(starts):
    """A machine with nobody on the trial's port."""
    return starts(Host, [], lay_out_checkout)


def in_src(text):
    return ["bash", "-c", f"cd /src && {text}"]


def test_what_the_trial_says_to_try(host, folder):
    gate = host.child(in_src("exec build/release/gatepost run --trial"), folder / "log.gate")
    gate.start()
    try:
        wait_until("it says what to try", lambda: len(found(r"^  \S.*", gate.text())) >= 3)
        lines = [line.strip() for line in found(r"^  \S.*", gate.text())]
        readme = (ROOT / "README.md").read_text()
        assert all(line in readme for line in lines), "the README says it otherwise"
        mail, trap, why = lines

        assert host.run(in_src(mail), seconds=90).code == TAKEN
        box = host.path("/src/var/mail/new")
        text, = [file.read_text() for file in box.iterdir()]
        assert "Delivered-To: you@example.org" in text and "This is a test mailing" in text

        assert host.run(in_src(trap), seconds=90).code == DELIVERY_REFUSED
        told = host.run(in_src(why)).ok().out
        assert "jail" in told and "trap@example.org" in told
        assert host.run(in_src(mail), seconds=90).code == DELIVERY_REFUSED
        host.run(in_src(why.replace(" why ", " release "))).ok()
        assert host.run(in_src(mail), seconds=90).code == TAKEN
        assert len(list(box.iterdir())) == 2

        process, = host.processes("gatepost")
        host.run(["bash", "-c", f"kill -TERM {process.removeprefix('/proc/')}"]).ok()
        assert gate.wait() == 0
        files = {path.name for path in host.path("/src").iterdir()}
        assert files == {"build", "var"}, "it writes under ./var alone"
    finally:
        gate.end()
