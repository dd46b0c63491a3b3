"""The recipes of docs/recipes/, done to the letter on a machine of their own.

A page's steps are its marked blocks, in their order: `<!-- recipe: WHAT -->` and the code below it,
where WHAT is

    FILE                  the file's whole text
    FILE adds             what is put at its end
    FILE begins           what is put at its beginning
    FILE replaces START   what stands instead of the one line that begins so, and its continuation
    run                   commands that must succeed
    start                 the same, and the last one is the gate, which runs on
    try                   commands that must succeed, as from the machine CLIENT
    refused               the same, but they must fail, for the gate said 550 5.7.1
    fails                 the same, and what was said is to be seen
    see FILE|output       lines that come to be in the file, or in what the last commands said;
                          … is anything

or what a test has a handler for.
"""
import dataclasses
import re
import textwrap

from certificate import new_certificate
from host import Host, lay_out_checkout, put
from process import ROOT, found, wait_until

CLIENT, SERVER = "203.0.113.8", "203.0.113.25"
LIVE = "/etc/letsencrypt/live/mx.example.org"
HOSTS = f"127.0.0.1 localhost\n{SERVER} mx.example.org mx\n"


@dataclasses.dataclass
class Step:
    what: str
    text: str


def steps(page):
    """The marked blocks of a page below the root, in their order."""
    blocks = re.findall(r"^( *)<!-- recipe: (.+?) -->\n\1```\w*\n(.*?)^\1```$",
                        (ROOT / page).read_text(), re.M | re.S)
    return [Step(what, textwrap.dedent(text)) for _, what, text in blocks]


def shell(text):
    return ["bash", "-e", "-o", "pipefail", "-c", f"cd /src\n{text}"]


def write(root, step):
    """Takes a step that writes a file below this root."""
    name, _, how = step.what.partition(" ")
    how, _, start = how.partition(" ")
    assert name.startswith("/") and how in ("", "adds", "begins", "replaces"), step.what
    file = root / name.lstrip("/")
    old = file.read_text() if file.exists() else ""
    if how == "replaces":
        line = rf"^{re.escape(start)}.*\n(?:[ \t]+\S.*\n)*"
        new, count = re.subn(line, lambda _: step.text, old, flags=re.M)
        assert count == 1, f"{count} lines begin with {start!r} in {file}"
    else:
        new = {"": step.text, "adds": old + step.text, "begins": step.text + old}[how]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(new)


class Machine:
    """A host with a certificate and, in /src, a checkout of gatepost.

    lay_out(root) puts the mail server's files there, set_up(host) starts it. It has the addresses
    of SERVER and CLIENT, and more.
    """

    def __init__(self, folder, lay_out, set_up, more_addresses=()):
        self.folder, self._lay_out, self._set_up = folder, lay_out, set_up
        (folder / "host").mkdir()
        self.host = Host(folder / "host", (SERVER, CLIENT, *more_addresses), self._fill)
        self.gate, self._output = None, ""

    def _fill(self, root):
        lay_out_checkout(root)
        put(root / "src/run", '#!/bin/sh\n[ "$*" = --build ]\n', 0o755)
        put(root / "etc/hosts", HOSTS)
        self.lay_out_certificate(root)
        self._lay_out(root)

    def lay_out_certificate(self, root, number=1):
        """What certbot leaves; each number is another one."""
        made = new_certificate(self.folder, "mx.example.org", f"tls{number}",
                               also=["DNS:mx2.example.org"])
        put(root / f"{LIVE}/fullchain.pem".lstrip("/"), made.certificate.read_text())
        put(root / f"{LIVE}/privkey.pem".lstrip("/"), made.key.read_text(), 0o600)

    def start(self):
        self.host.start()
        self.host.run(["hostname", "mx.example.org"]).ok()
        self.host.keep_log()
        self.host.run(["useradd", "--create-home", "--home-dir", "/srv/kim", "kim"]).ok()
        self._set_up(self.host)
        return self

    def stop(self):
        if self.gate:
            self.gate.end()
        self.host.stop()

    def follow(self, page, with_gate=True, **handlers):
        """Takes the page's steps, after those that all pages take for done.

        with_gate: it is started, and tried. handlers: {WHAT: function(text)} for steps that the test
        takes itself, and `before_start`.
        """
        install, = [step for step in steps("README.md") if step.what == "install"]
        self.host.run(shell(install.text)).ok()
        for step in steps("docs/recipes/certificate.md"):
            if step.what != "try":
                self._take(step, {})
        taken = steps(f"docs/recipes/{page}.md")
        wanted = {"start", "try"} if with_gate else {"run"}
        assert wanted <= {step.what for step in taken}, "the page has other steps"
        for step in taken:
            if step.what == "start" and "before_start" in handlers:
                handlers["before_start"]()
            self._take(step, handlers)

    def follow_beside(self, page, **handlers):
        """Takes the steps of a page that adds to one that was followed."""
        taken = steps(f"docs/recipes/{page}.md")
        assert taken, "the page has no steps"
        for step in taken:
            self._take(step, handlers)

    def _take(self, step, handlers):
        word, _, rest = step.what.partition(" ")
        if word in handlers:
            handlers[word](step.text)
        elif word == "run":
            self._output = self.host.run(shell(step.text), seconds=60).ok().out
        elif word == "start":
            self._start(step.text)
        elif word == "try":
            self._output = self.as_client(step.text).ok().out
        elif word == "refused":
            done = self.as_client(step.text)
            assert done.code != 0 and "550 5.7.1" in done.out, repr(done)
        elif word == "fails":
            done = self.as_client(step.text)
            assert done.code != 0, repr(done)
            self._output = done.out
        elif word == "see":
            for line in step.text.splitlines():
                self.sees(rest, line)
        else:
            write(self.host.path("/"), step)

    def restart(self):
        """As its service would be."""
        self.gate.end()
        self._start("gatepost run")

    def _start(self, text):
        self.gate = self.host.child(shell(text), self.folder / "log.gate")
        self.gate.start()

        def is_up():
            assert self.gate.runs(), self.gate.text()
            return self.host.run(["gatepost", "status"]).code == 0
        wait_until("the gate answers", is_up, 60, 0.2)

    def as_client(self, text, **options):
        """Commands, those of swaks as from another machine."""
        return self.host.run(shell(f"export SWAKS_OPT_local_interface={CLIENT}\n{text}"),
                             seconds=90, **options)

    def sees(self, where, line):
        """Waits for a line, in which … is anything."""
        pattern = ".*".join(map(re.escape, line.split("…")))
        wait_until(f"{line!r} in {where}", lambda: found(pattern, self._text(where)), 30, 0.1)

    def _text(self, where):
        if where == "output":
            return self._output
        file = self.host.path(where)
        return file.read_text("utf-8", "replace") if file.exists() else ""
