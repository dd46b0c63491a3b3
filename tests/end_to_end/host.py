"""A machine of its own: this one's files, users and programs, of which every change vanishes.

Its root is an overlay whose upper half is in memory; its network is a loopback and nothing else, or
the one of this machine; its processes are seen by nobody else. All of it ends with its first
process. Nothing happens to the machine that it runs on, so a test may do here what an administrator
does as root.
"""
import pathlib
import shutil

from gate import program
from process import Child, run, wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}

# The first process waits for its files to be laid out before it puts the root together.
FIRST_PROCESS = """
set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1"/upper "$1"/scratch "$1"/all
touch "$1"/memory
until [ -e "$1"/filled ]; do sleep 0.05; done
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/scratch" "$1"/all
mount -t proc proc "$1"/all/proc
mount -t tmpfs -o mode=755 tmpfs "$1"/all/dev
for device in null zero full random urandom tty; do
  touch "$1"/all/dev/$device
  mount --bind /dev/$device "$1"/all/dev/$device
done
mkdir -m 1777 "$1"/all/dev/shm
ln -s /proc/self/fd "$1"/all/dev/fd
ln -s /proc/self/fd/0 "$1"/all/dev/stdin
ln -s /proc/self/fd/1 "$1"/all/dev/stdout
ln -s /proc/self/fd/2 "$1"/all/dev/stderr
touch "$1"/ready
while :; do sleep 1; done
"""

# SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFFLAGS: a fresh Debian has no ip(8).
NETWORK = """
import fcntl, socket, struct, sys
with socket.socket() as any_socket:
    for number, address in enumerate(sys.argv[1:]):
        name = f"lo:{number}" if number else "lo"
        mask = "255.255.255.255" if number else "255.0.0.0"
        for request, value in ((0x8916, address), (0x891c, mask)):
            fcntl.ioctl(any_socket, request, struct.pack(
                "16sH2x4s8x", name.encode(), socket.AF_INET, socket.inet_aton(value)))
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", name.encode(), 0x1 | 0x8 | 0x40))
"""

# What syslogd would do, for the programs that log to it: all of it into one file.
SYSLOG = """
import os, re, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, open("/var/log/mail.log", "a") as file:
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    while True:
        line = log.recv(65536).decode("utf-8", "replace").rstrip("\\0\\n")
        for copy in file, sys.stdout:
            print(re.sub("^<[0-9]+>", "", line), file=copy, flush=True)
"""


class Host:
    """addresses: what its loopback has beside 127.0.0.1; None: it has this machine's network.

    Before start(), `lay_out` is called with the folder that lies over this machine's root.
    """

    def __init__(self, folder, addresses, lay_out):
        self.folder, self.addresses, self._lay_out = folder, addresses, lay_out
        self._spaces = ["--mount", "--pid", "--uts", "--ipc"]
        self._spaces += ["--net"] if addresses is not None else []
        self._child = Child(
            ["unshare", *self._spaces, "--fork", "--kill-child",
             "bash", "-c", FIRST_PROCESS, "host", folder], folder.parent / "log.host")
        self._first = None
        self._syslog = None

    def start(self):
        self._child.start()
        self._first = wait_until("the host has a process", self._find_first)
        self._reached("memory")
        self._lay_out(self._outside("upper"))
        self._outside("filled").touch()
        self._reached("ready")
        if self.addresses is not None:
            self.run(["python3", "-c", NETWORK, "127.0.0.1", *self.addresses]).ok()
        return self

    def keep_log(self):
        """From now on /var/log/mail.log holds what its programs say to the system's log."""
        self._syslog = self.child(["python3", "-c", SYSLOG], self.folder.parent / "log.syslog")
        self._syslog.start()
        wait_until("the host keeps a log", lambda: self.path("/dev/log").exists())

    def stop(self):
        if self._syslog:
            self._syslog.end()
        self._child.end(seconds=0)  # unshare does not heed SIGTERM

    def _find_first(self):
        assert self._child.runs(), f"no host of its own can be had here:\n{self._child.text()}"
        pid = self._child.pid
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").strip()

    def _outside(self, name):
        return pathlib.Path(f"/proc/{self._first}/root{self.folder}/{name}")

    def _reached(self, name):
        def reached():
            assert self._child.runs(), f"no host of its own can be had here:\n{self._child.text()}"
            return self._outside(name).exists()
        wait_until(f"the host's first process says {name}", reached)

    def path(self, path):
        """A file of it, as this machine sees it."""
        return self._outside("all") / str(path).lstrip("/")

    def _entered(self, command):
        return ["nsenter", "--target", self._first, *self._spaces,
                "chroot", f"{self.folder}/all", *command]

    def run(self, command, **options):
        return run(self._entered(command), env=ENVIRONMENT, **options)

    def processes(self, name):
        """The /proc folders of the programs of this name, as the host sees them."""
        told = self.run(["bash", "-c", f"grep -lxs {name} /proc/[0-9]*/comm"]).out
        return [line.removesuffix("/comm") for line in told.splitlines()]

    def child(self, command, log):
        """A program that runs on it, not yet started."""
        return Child(self._entered(command), log, ENVIRONMENT)


def put(file, text, mode=0o644):
    """Writes a file, and its folder where there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def lay_out_checkout(root):
    """In /src what a checkout of gatepost has once it is built."""
    built = root / "src/build/release"
    built.mkdir(parents=True)
    for each in (program(), program().with_name("gatepost-enforcer")):
        shutil.copyfile(each, built / each.name)
        (built / each.name).chmod(0o755)


def unpack(root, servers, *packages):
    """The files of packages that tools/fetch_servers unpacked, where they belong."""
    for package in packages:
        for part in ("etc", "lib", "usr", "var"):
            # Debian's /lib is a link to /usr/lib, and must stay one.
            place = root / ("usr/lib" if part == "lib" else part)
            if (servers / package / part).is_dir():
                shutil.copytree(servers / package / part, place, symlinks=True, dirs_exist_ok=True)


def lay_out_postfix(root, servers, settings):
    """Postfix as its package would unpack and set it up, but for its users.

    settings: a dictionary; what the administrator has put into main.cf.
    """
    unpack(root, servers, "common", "postfix")
    examples = root / "usr/share/postfix"
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    put(root / "etc/postfix/main.cf", (examples / "main.cf.debian").read_text() + lines)
    put(root / "etc/postfix/master.cf", (examples / "master.cf.dist").read_text())
    put(root / "etc/postfix/dynamicmaps.cf", (examples / "dynamicmaps.cf").read_text())


def start_postfix(host):
    """Does what the package and the system's start do once the files are there."""
    for command in (
            "adduser --system --group --home /var/spool/postfix --no-create-home postfix",
            "addgroup --system postdrop", "chown postfix:postfix /var/lib/postfix", "newaliases",
            "/usr/lib/postfix/configure-instance.sh -", "postfix start"):
        host.run(command.split()).ok()
