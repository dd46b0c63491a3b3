"""Does the recipe for the dashboard work, followed to the letter: behind nginx, and by the gate's own TLS?"""
import pytest

from host import put, unpack
from process import found, wait_until
from recipes import CLIENT, LIVE, SERVER, Machine, shell

# As Debian has it, but for what no recipe needs.
NGINX = """
user www-data;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {}
http {
    access_log /var/log/nginx/access.log;
    include /etc/nginx/conf.d/*.conf;
}
"""
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
TOKEN = "$(cat /etc/gatepost/operator.token)"


@pytest.fixture
def machine(starts, servers):
    def lay_out(root):
        unpack(root, servers, "nginx")
        put(root / "etc/nginx/nginx.conf", NGINX)
        for folder in ("etc/nginx/conf.d", "var/log/nginx", "var/lib/nginx"):
            (root / folder).mkdir(parents=True)
        put(root / AUTHORITIES, (root / f"{LIVE}/fullchain.pem".lstrip("/")).read_text())

    return starts(Machine, lay_out, lambda host: host.run(["nginx"]).ok())


def curl(machine, more):
    return machine.host.run(shell(f"curl -sS --max-time 3 https://mx.example.org{more}"))


def works_in_a_browser(machine, port=""):
    page = f"https://mx.example.org{port}"
    came = curl(machine, f"{port}/v1/login -i -c /jar -H 'Content-Type: application/json' -H 'Origin: {page}' "
                         f"--data-raw '{{\"token\": \"'{TOKEN}'\"}}'").ok()
    assert found(r"(?i)^HTTP/1\.1 204", came.out) and found(r"(?i)^set-cookie: gatepost=.*; secure", came.out), came
    change = (f"{port}/v1/addresses/198.51.100.9/ban -b /jar -X POST -o /dev/null -w '%{{http_code}}' "
              "-H 'Gatepost-Request: 1' -H 'Origin: ")
    assert curl(machine, f"{change}{page}'").ok().out == "200"
    assert curl(machine, f"{change}https://evil.example'").ok().out == "403"
    events = curl(machine, f"{port}/v1/events -N -b /jar")  # until curl has seen enough
    assert "event: status" in events.out and "timed out" in events.err, events


# One client that takes as many connections as it can and says nothing, until the gate cuts it.
CROWD = f"""
import socket, time
held = [socket.create_connection(("{SERVER}", 8443), 5, ("{CLIENT}", 0)) for _ in range(60)]
print("holds", flush=True)
time.sleep(30)
"""


def one_alone_keeps_nobody_out(machine, folder):
    crowd = machine.host.child(["python3", "-c", CROWD], folder / "log.crowd")
    crowd.start()
    wait_until("the crowd is there", lambda: "holds" in crowd.text())
    came = machine.host.run(shell(f"curl -sS --max-time 5 --interface {SERVER} https://mx.example.org:8443/"))
    crowd.end()
    assert "<title>gatepost</title>" in came.out, came


def test_dashboard(machine, folder):
    behind_nginx = []

    def restart(_):
        works_in_a_browser(machine)
        behind_nginx.append(True)
        machine.restart()
    machine.follow("dashboard", restart=restart)
    assert behind_nginx
    works_in_a_browser(machine, ":8443")
    one_alone_keeps_nobody_out(machine, folder)
    assert curl(machine, f" --connect-to mx.example.org:443:{SERVER}:443 -o /dev/null -w '%{{http_code}}'").out == "502"
