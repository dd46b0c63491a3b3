"""Where the unpacked mail servers are, and what they need to run from there."""
import functools
import os
import pathlib
import shutil
import subprocess

from process import ROOT

# Users that every Debian has: the servers' own, which nothing else uses, and the mailboxes'.
SERVER_USER, SERVER_GROUP, DROP_GROUP = "uucp", "uucp", "operator"
MAIL_USER = "mail"
FILTER_USER = "news"  # who runs a program over mail and puts it in again


@functools.cache
def unpacked():
    """The folder of tools/fetch_servers, which is called for it."""
    assert os.geteuid() == 0, "mail servers start as root: run the tests as root or with sudo"
    subprocess.run([ROOT / "tools/fetch_servers", "debian"], check=True, timeout=900)
    return _folder()


@functools.cache
def from_npm():
    """The folder of what it has from npm."""
    subprocess.run([ROOT / "tools/fetch_servers", "npm"], check=True, timeout=900)
    servers = _folder()
    return servers.with_name(f"{servers.name}-npm") / "node_modules"


def _folder():
    return pathlib.Path(os.environ.get("GATEPOST_SERVERS", ROOT / "build/servers")).resolve()


def reachable_copy(ground):
    """That folder, or a copy where unprivileged users do not get there: Exim runs itself as one."""
    servers = unpacked()
    if all(folder.stat().st_mode & 0o001 for folder in [servers, *servers.parents]):
        return servers
    copy = ground / "servers"
    shutil.copytree(servers, copy, symlinks=True)
    return copy


def environment(servers, libraries="postfix/usr/lib/postfix", **more):
    libraries = f"{servers}/lib:{servers}/{libraries}"
    return {"PATH": f"{servers}/postfix/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
            "LD_LIBRARY_PATH": libraries, **more}


def own(path, user, group=None, mode=0o755):
    """A folder with this owner."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.chown(path, user, group or user)
    path.chmod(mode)
    return path


def mailbox(folder):
    """The messages of a Maildir, as text. What lies in tmp/ is no message yet."""
    files = [file for part in ("new", "cur") for file in sorted((folder / part).glob("*"))]
    return [file.read_bytes().decode("utf-8", "replace") for file in files]
