"""A small inetd: small_inetd.py PORT HOW PROGRAM ARG…; each connection is a process.

It needs nothing else of this folder, so that it can be copied onto another machine.
"""
import json
import os
import signal
import socket
import sys


def serve(port, how, command):
    """Until it is killed; tells of each process when it has ended.

    how: inetd, as that does it, or with something else in place of its standard error (apart), a
    socket that does not block (nonblocking), or as descriptor 3 (passed: systemd with Accept=yes).
    """
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) \
        if socket.has_dualstack_ipv6() else socket.create_server(("0.0.0.0", port))
    print("listens", flush=True)
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    os.set_blocking(read, False)
    while True:
        client = accept(listener, read)
        if client is None:
            continue
        if os.fork() == 0:
            become(client, how, command)
        client.close()


def accept(listener, woken):
    listener.settimeout(0.05)
    try:
        return listener.accept()[0]
    except TimeoutError:
        return None
    finally:
        tell_of_ended(woken)


def tell_of_ended(woken):
    try:
        os.read(woken, 1000)
    except BlockingIOError:
        return
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        print(json.dumps({"pid": pid, "status": os.waitstatus_to_exitcode(status)}), flush=True)


def become(client, how, command):
    signal.set_wakeup_fd(-1)
    for number in signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ:
        signal.signal(number, signal.SIG_DFL)
    client.setblocking(how != "nonblocking")
    streams = {"apart": (0, 1), "passed": (3,)}.get(how, (0, 1, 2))
    connection = os.dup(client.fileno())
    while connection < 10:
        connection = os.dup(connection)
    for stream in streams:
        os.dup2(connection, stream)
    if how == "passed":
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1",
                       "LISTEN_FDNAMES": "connection"}
    os.closerange(max(streams[-1] + 1, 3), 200)
    os.execvp(command[0], command)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
