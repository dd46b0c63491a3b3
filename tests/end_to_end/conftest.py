"""The fixtures: whatever a test starts through them ends with it, passed or failed."""
import contextlib
import os
import pathlib
import shutil
import tempfile

import pytest

import servers as ground
from exim import Exim
from gate import Gate
from name_servers import NameServers, OddResolver
from postfix import Postfix
from process import client_address
from sink import Sink
from tools import Tools


@pytest.fixture(scope="session")
def playground():
    """A folder that the servers' users can enter; GATEPOST_KEEP=1 keeps it, as a failure does."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gatepost-"))
    folder.chmod(0o755)
    yield folder
    if not any(folder.iterdir()):
        folder.rmdir()


@pytest.fixture(scope="session")
def servers(playground):
    folder = ground.reachable_copy(playground)
    yield folder
    if folder.is_relative_to(playground):
        shutil.rmtree(folder)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.failed = True
        for name in ("folder", "shared_folder"):
            folder = item.funcargs.get(name)
            for log in sorted(folder.rglob("log*")) if folder else []:
                if log.is_file():
                    report.sections.append((str(log), log.read_text("utf-8", "replace")[-6000:]))
        if "backend" in item.funcargs:
            report.sections.append(("Postfix behind the gate", item.funcargs["backend"].log[-6000:]))


@pytest.fixture
def folder(playground, request):
    """The test's own folder. Its name is short: paths of sockets may have 107 characters."""
    path = _new_folder(playground, request.node.name.replace("[", "-").rstrip("]"))
    yield path
    if not getattr(request.node, "failed", False) and not os.environ.get("GATEPOST_KEEP"):
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def shared_folder(playground, request):
    """A folder for what all tests of a file share."""
    failed = request.session.testsfailed
    path = _new_folder(playground, request.module.__name__.removeprefix("test_"))
    yield path
    if request.session.testsfailed == failed and not os.environ.get("GATEPOST_KEEP"):
        shutil.rmtree(path)


def _new_folder(playground, name):
    path = playground / f"{len(list(playground.iterdir()))}-{name[:24]}"
    path.mkdir(mode=0o755)
    path.chmod(0o755)
    return path


@contextlib.contextmanager
def _starter(folder):
    started = contextlib.ExitStack()

    def start(kind, *arguments, **options):
        own = folder / f"{kind.__name__.lower()}{len(list(folder.iterdir()))}"
        own.mkdir()
        own.chmod(0o755)
        thing = kind(own, *arguments, **options)
        started.callback(thing.stop)
        thing.start()
        return thing

    with started:
        yield start


@pytest.fixture
def starts(folder):
    """starts(Class, …) is a started Class(folder of its own, …); the last one stops first."""
    with _starter(folder) as start:
        yield start


@pytest.fixture(scope="module")
def shared_starts(shared_folder):
    """The same for what all tests of a file share."""
    with _starter(shared_folder) as start:
        yield start


@pytest.fixture
def new_postfix(starts, servers):
    return lambda **options: starts(Postfix, servers, **options)


@pytest.fixture
def new_exim(starts, servers):
    return lambda **options: starts(Exim, servers, **options)


@pytest.fixture
def new_sink(starts):
    return lambda **options: starts(Sink, **options)


@pytest.fixture
def new_names(starts, servers):
    """A DNS of the test's own: new_names(lists=("bl.test",)); see name_servers.NameServers."""
    return lambda **options: starts(NameServers, servers, **options)


@pytest.fixture(scope="module")
def shared_names(shared_starts, servers):
    """The same for what all tests of a file share."""
    return lambda **options: shared_starts(NameServers, servers, **options)


@pytest.fixture
def new_odd_resolver(starts):
    """A resolver that fails in its way: new_odd_resolver(upstream, way="silent")."""
    return lambda *arguments, **options: starts(OddResolver, *arguments, **options)


@pytest.fixture
def new_gate(starts):
    """A running gate: new_gate(backend_port, **settings); see gate.Gate."""
    return lambda *arguments, **options: starts(Gate, *arguments, **options)


@pytest.fixture(scope="session")
def shared_backend(playground, servers, request):
    folder = playground / "backend"
    folder.mkdir()
    folder.chmod(0o755)
    postfix = Postfix(folder, servers, proxy=True)
    with contextlib.ExitStack() as ending:
        ending.callback(postfix.stop)
        yield postfix.start()
    if not request.session.testsfailed and not os.environ.get("GATEPOST_KEEP"):
        shutil.rmtree(folder)


@pytest.fixture
def backend(shared_backend):
    """A Postfix that takes mail by PROXY v2, as the README would set it up. It is one for all
    tests of a run, for it takes its time to start; each finds it without mail and log."""
    shared_backend.forget()
    return shared_backend


@pytest.fixture
def tools(folder, servers):
    return Tools(folder, servers)


@pytest.fixture
def client():
    """An address of the test's own to come from."""
    return client_address()
