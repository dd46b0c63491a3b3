"""milter and policy: what it costs mail servers to ask about their clients, beside a milter that does nothing and
beside postgrey."""
import meter
import table
from peers import AskedGatepost, IdleMilter, Postgrey

CONNECTIONS = 50  # of mail servers, at a time
CLIENTS = 10_000  # whom they ask about


def ask(stage, peer, sessions, first, **options):
    """A round: (its result, seconds of CPU). Fails when one question has no answer."""
    before = meter.cpu_seconds(peer.pids)
    result = stage.load("ask", peer.port, sessions=sessions, connections=CONNECTIONS,
                        sources=CLIENTS, first_source=first, **options).result()
    cpu = meter.cpu_seconds(peer.pids) - before
    assert result["sessions"] == sessions and result["decisions"] == 2 * sessions, (result, peer.log[-2000:])
    return result, cpu


def compare(stage, peers, size, sessions, **options):
    """{name: {column: the rounds' values}}. sessions: of a round, by name."""
    columns = ("per second", "per CPU second", "CPU s per 1,000 sessions", "p50 ms", "p99 ms")
    told = {name: {column: [] for column in columns} for name in peers}
    for number in range(size.rounds):
        for name, peer in peers.items():
            # Strangers in the first round, then known to all alike.
            result, cpu = ask(stage, peer, sessions[name], 0, **options)
            row = (result["decisions"] / result["seconds"], result["decisions"] / max(cpu, 0.01),
                   cpu / sessions[name] * 1000, result["times"][0] * 1000, result["times"][2] * 1000)
            for column, value in zip(columns, row):
                told[name][column].append(value)
    return told


def show(stage, title, told, first, column):
    """column: the one that is compared with the first peer's."""
    rows = []
    base = table.median(told[first][column])
    for name, values in told.items():
        row = {"50 mail servers ask": name} | {key: table.median(each) for key, each in values.items()}
        row["×"] = table.ratio(table.median(values[column]), base) if base else "-"
        row["rounds"] = f"±{table.spread(values[column]):.0%}"
        rows.append(row)
    table.show(title, list(rows[0]), rows, stage.results)


def milter(stage, size):
    peers = {"a milter that does nothing": stage.start(IdleMilter),
             "gatepost": stage.start(AskedGatepost, "milter")}
    sessions = {name: size.asked_sessions for name in peers}
    told = compare(stage, peers, size, sessions, milter=True)
    show(stage, "milter: a session with two recipients, a connection each", told,
         "a milter that does nothing", "CPU s per 1,000 sessions")


def policy(stage, size):
    greylist = {"greylist": {"for": "all"}, "checks": {"greylist": "tempfail"}}
    peers = {"postgrey": stage.start(Postgrey),
             "gatepost, greylist for all": stage.start(AskedGatepost, "policy", **greylist),
             "gatepost": stage.start(AskedGatepost, "policy")}
    # Who is slow is asked less.
    sessions = {name: size.asked_sessions // (10 if name == "postgrey" else 1) for name in peers}
    told = compare(stage, peers, size, sessions)
    show(stage, "policy: a decision for each of two recipients, connections that are kept", told,
         "postgrey", "per second")
