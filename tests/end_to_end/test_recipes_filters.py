"""Do the recipes for content filters work, followed to the letter?"""
import pytest

from host import lay_out_postfix, put, start_postfix, unpack
from recipes import Machine, steps
from rspamd import LOCAL_SETTINGS
from test_filters_rspamd import VERDICT_ON_TOP
from test_recipes import SETTINGS
from test_recipes_lists import APART

RSPAMD = """
adduser --system --group --home /var/lib/rspamd --no-create-home --quiet _rspamd
chown _rspamd: /var/lib/rspamd /var/log/rspamd
chmod 750 /var/log/rspamd
install -d -o _rspamd /run/rspamd
setpriv --reuid _rspamd --regid _rspamd --init-groups \
  rspamd -c /etc/rspamd/rspamd.conf >/var/log/rspamd.start 2>&1 </dev/null
"""
SPAMD = """
adduser --system --group --home /var/lib/spamassassin --no-create-home --quiet debian-spamd
install -d -o debian-spamd /var/lib/spamassassin
chgrp postdrop /usr/sbin/postdrop /usr/sbin/postqueue
chmod 2755 /usr/sbin/postdrop /usr/sbin/postqueue
spamd -d --create-prefs --max-children 5 --helper-home-dir --local -r /run/spamd.pid \
  >/var/log/spamd.start 2>&1 </dev/null
"""


@pytest.fixture
def new_machine(starts, servers):
    """A machine whose Postfix takes mail for kim, with a filter; settings: more of main.cf."""
    def new(package, set_up, settings, local=None):
        def lay_out(root):
            lay_out_postfix(root, servers, SETTINGS | settings)
            unpack(root, servers, package)
            put(root / "etc/aliases", "postmaster: root\n")
            for name, text in (local or {}).items():
                put(root / f"etc/rspamd/local.d/{name}", text)

        def start(host):
            host.run(["python3", "-c", APART]).ok()
            start_postfix(host)
            host.run(["bash", "-e", "-c", set_up], seconds=60).ok()
        return starts(Machine, lay_out, start)
    return new


def restarted(machine, page):
    machine.follow("postfix-proxy")
    machine.gate.end()
    machine.follow_beside(page, relay=lambda text: None)


def test_rspamd(new_machine):
    machine = new_machine("rspamd", RSPAMD, {"smtpd_milters": "inet:127.0.0.1:11332"},
                          LOCAL_SETTINGS)
    restarted(machine, "rspamd")


def test_spamassassin(new_machine):
    restarted(new_machine("spamassassin", SPAMD, {}), "spamassassin")


def test_the_fields_of_the_relay_are_those_that_are_tried():
    """What test_filters_rspamd.py has a relay write is what the page says."""
    said, = [step.text for step in steps("docs/recipes/rspamd.md") if "milter_headers" in step.what]
    assert said == VERDICT_ON_TOP["milter_headers.conf"]
