"""Does what SpamAssassin's daemon says of a message count, once, by whatever way it is heard?"""
import pytest

from process import wait_until
from spamd import FilteredPostfix, Spamd
from talk import Talk, message, proxy_header, send_mail
from test_filters_rspamd import GTUBE


@pytest.fixture(scope="module")
def spamd(shared_starts, servers):
    return shared_starts(Spamd, servers)


@pytest.fixture
def new_filtered(starts, servers, spamd):
    """A Postfix that has all mail filtered by SpamAssassin before it goes on."""
    return lambda **options: starts(FilteredPostfix, servers, spamd, **options)


def test_spamassassin_judges_what_postfix_takes(new_filtered, spamd, client):
    postfix = new_filtered()
    for number, body in enumerate(("A line.\n", GTUBE)):
        text = f"Message-ID: <{number}@example.net>\n{message(body=body)}"
        assert send_mail(postfix.port, client, "ok@example.org", text=text).arrived()
    ham, spam = sorted(postfix.mail_for("ok", 2), key=lambda mail: "X-Spam-Flag: YES" in mail)
    assert "X-Spam-Status: No, " in ham and "X-Spam-Status: Yes, " in spam
    spamd.logged(r"spamd: result: \.  .*,mid=<0@example.net>")
    spamd.logged(r"spamd: result: Y .*,mid=<1@example.net>")
