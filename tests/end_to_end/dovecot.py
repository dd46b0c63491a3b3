"""Dovecot with IMAP and Sieve on a machine of its own, and who moves mail there."""
import shutil

from host import put, unpack

# What the package's postinst does, but for its questions and certificates.
SET_UP = """
adduser --system --group --home /usr/lib/dovecot --no-create-home --quiet dovecot
adduser --system --group --home /nonexistent --no-create-home --quiet dovenull
chmod 700 /etc/dovecot/private
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
MOVE = """
import imaplib, sys
user, password, source, target = sys.argv[1:]
with imaplib.IMAP4("127.0.0.1") as imap:
    imap.login(user, password)
    imap.select(source)
    _, (numbers,) = imap.search(None, "ALL")
    number = numbers.split()[-1]
    said = imap._simple_command("MOVE", number, target) if "MOVE" in imap.capabilities else None
    assert said and said[0] == "OK", (said, imap.capabilities)
    imap.logout()
"""


def lay_out_dovecot(root, servers):
    """Dovecot as its packages would unpack and set it up, but for its users; beside a mail server."""
    unpack(root, servers, "dovecot")
    examples, etc = root / "usr/share/dovecot", root / "etc/dovecot"
    for file in ("dovecot.conf", "conf.d", "protocols.d"):
        copy = shutil.copytree if (examples / file).is_dir() else shutil.copyfile
        copy(examples / file, etc / file, **({"dirs_exist_ok": True} if copy is shutil.copytree else {}))
    put(etc / "conf.d/98-local.conf", LOCAL)


def set_up_dovecot(host, user, password):
    """Its users, and one of the host's who has mail."""
    host.run(["bash", "-e", "-c", SET_UP]).ok()
    host.run(["chpasswd"], input=f"{user}:{password}\n").ok()


def move(host, user, password, source, target):
    """Moves the last message of a folder into another one, as a mail program would."""
    host.run(["python3", "-c", MOVE, user, password, source, target]).ok()
