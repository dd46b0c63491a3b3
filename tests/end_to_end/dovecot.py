"""Dovecot with IMAP and Sieve on a machine of its own, and who moves mail there."""
import re
import shutil

from host import put, unpack

# What the package's postinst does, but for its questions.
SET_UP = """
adduser --system --group --home /usr/lib/dovecot --no-create-home --quiet dovecot
adduser --system --group --home /nonexistent --no-create-home --quiet dovenull
chmod 700 /etc/dovecot/private
echo 'protocols = $protocols imap' >/usr/share/dovecot/protocols.d/imapd.protocol
# It keeps what it was started with.
service dovecot start >/var/log/dovecot 2>&1 </dev/null
"""
# What the administrator has said before: no TLS, for that is not what is tried here.
LOCAL = """
mail_location = maildir:~/Maildir
ssl = no
namespace inbox {
  mailbox Junk {
    auto = create
  }
}
"""
CREATE = """
import imaplib, sys
user, password, name = sys.argv[1:]
with imaplib.IMAP4("127.0.0.1") as imap:
    imap.login(user, password)
    word, said = imap.create(f'"{name}"')
    assert word == "OK", said
    imap.logout()
"""
MOVE = """
import imaplib, sys
user, password, source, target = sys.argv[1:]
with imaplib.IMAP4("127.0.0.1") as imap:
    imap.login(user, password)
    imap.select(f'"{source}"')
    _, (numbers,) = imap.search(None, "ALL")
    word, said = imap.xatom("MOVE", numbers.split()[-1].decode(), f'"{target}"')
    assert word == "OK", said
    imap.logout()
"""


def lay_out_dovecot(root, servers):
    """Dovecot as its packages would unpack it, beside a mail server; but for its users."""
    unpack(root, servers, "dovecot")
    examples, etc = root / "usr/share/dovecot", root / "etc/dovecot"
    shutil.copyfile(examples / "dovecot.conf", etc / "dovecot.conf")
    shutil.copytree(examples / "conf.d", etc / "conf.d", dirs_exist_ok=True)
    tls = etc / "conf.d/10-ssl.conf"
    tls.write_text(re.sub("(?m)^ssl_(cert|key) = ", "#", tls.read_text()))
    put(etc / "conf.d/98-local.conf", LOCAL)


def start_dovecot(host, user, password):
    """Does what the package and the system's start do; and a user of the host may log in."""
    host.run(["chpasswd"], input=f"{user}:{password}\n").ok()
    host.run(["bash", "-e", "-c", SET_UP]).ok()


def move(host, user, password, source, target):
    """Moves the last message of a folder into another one, as a mail program would."""
    host.run(["python3", "-c", MOVE, user, password, source, target]).ok()


def create(host, user, password, name):
    """Makes a folder; its name is as IMAP has it."""
    host.run(["python3", "-c", CREATE, user, password, name]).ok()
