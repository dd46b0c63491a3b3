"""Neighbours by autonomous system: with a database of them, made by MaxMind's own writer."""
import subprocess

import pytest

from gate import ENVIRONMENT

NETWORKS = {"198.51.100.0/24": 64496, "203.0.113.0/24": 64496, "192.0.2.0/24": 64497, "2001:db8::/32": 64496}
WRITER = """
use MaxMind::DB::Writer::Tree;
my ($file, $type, %networks) = @ARGV;
my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version => 6, record_size => 24, database_type => $type, languages => ["en"],
    description => {en => "for a test"}, remove_reserved_networks => 0,
    map_key_type_callback => sub { $_[0] eq "autonomous_system_number" ? "uint32" : "utf8_string" });
$tree->insert_network($_, {autonomous_system_number => $networks{$_}}) for keys %networks;
open my $out, ">:raw", $file or die;
$tree->write_tree($out);
"""


def write_database(file, networks, kind="GeoLite2-ASN"):
    words = [word for network, number in networks.items() for word in (network, str(number))]
    subprocess.run(["perl", "-e", WRITER, file, kind, *words], check=True, timeout=60, env=ENVIRONMENT)
    return str(file)


@pytest.fixture
def database(folder):
    return write_database(folder / "as.mmdb", NETWORKS)


def around(gate, address):
    """neighbours → clients with spam"""
    return {each["network"]: round(each["spam_clients"]) for each in gate.why(address)["neighbourhood"]}


def test_what_is_said_of_a_client_counts_for_its_system(new_gate, new_sink, database, folder):
    gate = new_gate(new_sink(proxy=True).port, score={"as_database": database})
    for number in range(1, 6):
        gate.json("learn", "spam", "--address", f"198.51.100.{number}")
    gate.json("learn", "spam", "--address", "2001:db8:1::1")
    assert around(gate, "203.0.113.9") == {"AS64496": 6, "203.0.113.0/24": 0}
    assert around(gate, "2001:db8:ffff::1")["AS64496"] == 6
    assert around(gate, "192.0.2.1") == {"AS64497": 0, "192.0.2.0/24": 0}
    assert around(gate, "100.64.0.1") == {"100.64.0.0/24": 0}, "of no system"
    assert "around it, in AS64496: lately 6.0 clients with spam" in gate.cli("why", "198.51.100.1").out

    # A newer one takes its place at the next reload; what the systems did is remembered.
    write_database(folder / "newer.mmdb", {"192.0.2.0/24": 64496})
    (folder / "newer.mmdb").rename(database)
    gate.reload()
    assert around(gate, "192.0.2.1") == {"AS64496": 6, "192.0.2.0/24": 0}
    assert around(gate, "203.0.113.9") == {"203.0.113.0/24": 0}


def test_a_file_that_is_no_such_database_is_refused_with_its_place(new_gate, new_sink, database, folder):
    gate = new_gate(new_sink(proxy=True).port, score={"as_database": database})
    whole = (folder / "as.mmdb").read_bytes()
    (folder / "cut.mmdb").write_bytes(whole[:len(whole) // 2])
    (folder / "text.mmdb").write_text("AS64496 198.51.100.0/24\n")
    cities = write_database(folder / "city.mmdb", NETWORKS, "GeoLite2-City")
    for file, wrong in ((folder / "cut.mmdb", "cannot be used: "), (folder / "text.mmdb", "cannot be used: "),
                        (cities, "cannot be used: it is a GeoLite2-City database"),
                        (folder / "none.mmdb", "cannot be used: No such file or directory")):
        gate.settings["score"]["as_database"] = str(file)
        gate.write()
        told = gate.cli("check")
        assert told.code == 1 and wrong in told.err, told
        assert "score.as_database: " in told.err and "expected a database of autonomous systems" in told.err
