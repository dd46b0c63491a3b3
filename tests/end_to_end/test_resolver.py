"""The gate's resolver against real name servers, and against those that fail it."""
import pytest

from gate import program
from name_servers import reverse_name
from process import run


def ask(endpoints, questions, milliseconds=3000):
    """The answers of the gate's own resolver, in the order of the questions."""
    servers = [endpoints] if isinstance(endpoints, str) else endpoints
    tool = program().parent / "tests/ask_names"
    assert tool.exists(), f"no {tool}: it is built with the tests"
    done = run([tool, *servers, milliseconds], input="".join(f"{each}\n" for each in questions))
    return done.ok().out.splitlines()


def check(endpoint, answers):
    assert dict(zip(answers, ask(endpoint, answers), strict=True)) == answers


@pytest.fixture(scope="module")
def names(shared_names):
    names = shared_names()
    names.host("192.0.2.1", "mail.good.test")
    names.host("2001:db8::1", "mail.good.test")
    names.host("192.0.2.2", "elsewhere.test", back=False)
    names.record("elsewhere.test", "A", "198.51.100.9")
    names.host("127.9.8.7", "local.test")
    for name in ("a.many.test", "b.many.test", "Mail.MANY.test"):
        names.record(reverse_name("192.0.2.4"), "PTR", f"{name}.")
    names.record("mail.many.test", "A", "192.0.2.4")
    names.record(reverse_name("192.0.2.5"), "PTR", "foo\\032bar.test.")
    names.record(reverse_name("192.0.2.6"), "PTR", "foo\\010bar.test.")
    names.record(reverse_name("192.0.2.6"), "PTR", "usable.test.")
    names.record(reverse_name("192.0.2.65"), "CNAME", "65.64/26.2.0.192.in-addr.arpa.")
    names.record("65.64/26.2.0.192.in-addr.arpa", "PTR", "classless.test.")
    names.record("good.test", "MX", "20 second.good.test.")
    names.record("good.test", "MX", "10 first.good.test.")
    names.record("good.test", "TXT", '"v=spf1 mx" " -all"')
    for number in range(200):
        names.record("large.test", "A", f"198.51.100.{number}")
        names.record(reverse_name("192.0.2.7"), "PTR", f"name-{number}.long-enough.test.")
    for number in range(1, 12):
        names.record(f"alias{number}.test", "CNAME", f"alias{number - 1}.test.")
    names.record("alias0.test", "A", "192.0.2.1")
    listed = names.lists["bl.test"]
    listed.add("192.0.2.0/24", "127.0.0.3", "all of it")
    listed.add("2001:db8::/32")
    names.publish()
    return names


def test_records_of_every_type(names):
    check(names.endpoint, {
        "a mail.good.test": "found 192.0.2.1",
        "a MAIL.Good.Test": "found 192.0.2.1",
        "aaaa mail.good.test": "found 2001:db8::1",
        f"ptr {reverse_name('192.0.2.1')}": "found mail.good.test",
        f"ptr {reverse_name('2001:db8::1')}": "found mail.good.test",
        f"ptr {reverse_name('192.0.2.65')}": "found classless.test",
        "mx good.test": "found first.good.test second.good.test",
        "txt good.test": "found v=spf1 mx -all",
        "a nobody.test": "none",
        "aaaa elsewhere.test": "none",
        "mx nobody.test": "none",
        "a alias8.test": "found 192.0.2.1",
        "a alias9.test": "unknown",
    })


def test_what_clients_are_called(names):
    check(names.endpoint, {
        "client 192.0.2.1": "confirmed mail.good.test",
        "client ::ffff:192.0.2.1": "confirmed mail.good.test",
        "client 2001:db8::1": "confirmed mail.good.test",
        "client 127.9.8.7": "confirmed local.test",
        "client 192.0.2.2": "mismatch elsewhere.test",
        "client 192.0.2.3": "none",
        "client 192.0.2.4": "confirmed mail.many.test",
        "client 192.0.2.5": "none",
        "client 192.0.2.6": "mismatch usable.test",
    })


def test_answers_too_large_for_a_datagram(names):
    many, client = ask(names.endpoint, ["a large.test", "client 192.0.2.7"])
    addresses = many.split()[1:]
    assert len(set(addresses)) == 64 and all(each.startswith("198.51.100.") for each in addresses)
    assert client.startswith("unknown name-")  # of 200 names ten are looked at


def test_the_list_answers_its_test_points(names):
    in_v6 = reverse_name("::ffff:127.0.0.2").removesuffix(".ip6.arpa")
    check(names.endpoint, {
        "a 2.0.0.127.bl.test": "found 127.0.0.2",
        "txt 2.0.0.127.bl.test": "found test point",
        "a 1.0.0.127.bl.test": "none",
        f"a {in_v6}.bl.test": "found 127.0.0.2",
        f"a 1{in_v6[1:]}.bl.test": "none",
        "a 77.2.0.192.bl.test": "found 127.0.0.3",
        "txt 77.2.0.192.bl.test": "found all of it",
        "a 77.2.0.193.bl.test": "none",
    })


def test_what_is_published_counts_at_once(new_names):
    names = new_names()
    check(names.endpoint, {"client 192.0.2.1": "none", "a 7.2.0.192.bl.test": "none"})
    names.host("192.0.2.1", "new.test")
    names.lists["bl.test"].add_everything("127.255.255.254")
    names.publish()
    check(names.endpoint, {"client 192.0.2.1": "confirmed new.test",
                           "a 7.2.0.192.bl.test": "found 127.255.255.254",
                           "a 1.0.0.127.bl.test": "found 127.255.255.254"})
    names.forget()
    names.lists["bl.test"].forget()
    names.lists["bl.test"].test_points = False
    names.publish()
    check(names.endpoint, {"client 192.0.2.1": "none", "a 2.0.0.127.bl.test": "none"})


@pytest.mark.parametrize("way", ["silent", "fails", "refuses", "garbage", "cuts-all"])
def test_a_resolver_that_fails_leaves_all_unknown(names, new_odd_resolver, way):
    odd = new_odd_resolver(names.endpoint, way=way)
    questions = ["client 192.0.2.1", "client 192.0.2.3", "a mail.good.test", "mx good.test"]
    assert ask(odd.endpoint, questions, 600) == ["unknown"] * 4
    assert odd.questions >= 4


def test_nobody_listens(names, new_odd_resolver):
    odd = new_odd_resolver(names.endpoint)
    odd.close()
    assert ask(odd.endpoint, ["client 192.0.2.1"], 600) == ["unknown"]


def test_a_resolver_that_cuts_is_asked_by_tcp(names, new_odd_resolver):
    odd = new_odd_resolver(names.endpoint, way="cuts")
    check(odd.endpoint, {"client 192.0.2.1": "confirmed mail.good.test",
                         "client 192.0.2.2": "mismatch elsewhere.test"})
    assert odd.questions == 8  # each of four by UDP and by TCP


def test_a_slow_resolver_is_waited_for(names, new_odd_resolver):
    odd = new_odd_resolver(names.endpoint, delay=0.05)
    check(odd.endpoint, {"client 192.0.2.1": "confirmed mail.good.test", "client 192.0.2.3": "none"})
    odd.delay = 1.5
    assert ask(odd.endpoint, ["client 192.0.2.1"], 300) == ["unknown"]


@pytest.mark.parametrize("way", ["silent", "fails", "refuses"])
def test_the_next_server_is_asked(names, new_odd_resolver, way):
    odd = new_odd_resolver(names.endpoint, way=way)
    assert ask([odd.endpoint, names.endpoint], ["client 192.0.2.1"]) == ["confirmed mail.good.test"]
    assert odd.questions > 0


def test_a_crowd_asks_at_once(names, new_odd_resolver):
    odd = new_odd_resolver(names.endpoint, delay=0.05)
    questions = [f"a crowd{number}.test" for number in range(1000)]
    assert ask(odd.endpoint, questions) == ["none"] * 1000
