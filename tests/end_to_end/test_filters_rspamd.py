"""Does what a real Rspamd says of a message count, once, by whatever way it is heard?"""
import re

import pytest

from process import wait_until
from rspamd import Rspamd
from talk import Talk, message, proxy_header, send_mail

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"


@pytest.fixture(scope="module")
def rspamd(shared_starts, servers):
    return shared_starts(Rspamd, servers)


def test_rspamd_judges_what_postfix_takes(new_postfix, rspamd, client):
    postfix = new_postfix(settings=rspamd.as_milter())
    spam = send_mail(postfix.port, client, "ok@example.org", text=message(body=GTUBE))
    assert spam.data.is_as("554 5.7.1 Gtube pattern"), spam
    assert send_mail(postfix.port, client, "ok@example.org").arrived()
    postfix.mail_for("ok", 1)
    rspamd.logged(rf"ip: {re.escape(client)}, from: .*\(default: S \(reject\)")
    rspamd.logged(rf"ip: {re.escape(client)}, from: .*\(default: F \(no action\)")
