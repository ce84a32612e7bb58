"""The house rules that no linter knows."""

import ast
import configparser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_ROOMS = {"tests", "benchmarks", "tools", "docs", "templates", "static", "bench", "staticfiles"}
ROOMS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in NOT_ROOMS)
SOURCES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if "migrations" not in path.parts and "__pycache__" not in path.parts
)
NETWORK = {
    "smtplib",
    "requests",
    "urllib3",
    "http",
    "httpx",
    "aiohttp",
    "stripe",
    "twilio",
    "ftplib",
    "paramiko",
}
ADAPTERS = (
    "contacts/channels/",
    "payments/gateways/",
    "debtors/skiptrace/",
    "worklists/telephony/",
    "api/webhooks/",
)
LONGEST_FUNCTION = 60
LONGEST_FILE = 600
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(wanted):
    return [relative(path) for path in SOURCES if any(wanted(name) for name in imports(path))]


def layers():
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    section = config["importlinter:contract:rooms"]["layers"]
    return [name.strip() for line in section.split("\n") for name in line.split("|") if name.strip()]


def test_every_room_stands_in_the_order_of_imports():
    assert sorted(layers()) == ROOMS


def test_the_rest_framework_stays_in_the_api():
    found = importers(lambda name: name.split(".")[0] in {"rest_framework", "drf_spectacular"})
    assert [path for path in found if not path.startswith("api/")] == []


def test_network_clients_stay_in_adapters():
    found = importers(lambda name: name.split(".")[0] in NETWORK and not name.startswith("http.HTTP"))
    assert [path for path in found if not path.startswith(ADAPTERS)] == []


def test_mail_is_sent_by_the_e_mail_channel_only():
    found = importers(lambda name: name.startswith("django.core.mail"))
    assert [path for path in found if not path.startswith("contacts/channels/")] == []


def test_contacts_is_the_only_sender():
    found = importers(lambda name: name.startswith("contacts.channels"))
    assert [path for path in found if not path.startswith("contacts/")] == []


def test_no_room_has_a_drawer_for_everything():
    found = {part for path in SOURCES for part in (*path.parts, path.stem)} & VAGUE
    assert found == set()


@pytest.mark.parametrize("room", ROOMS)
def test_files_stay_within_their_budget(room):
    lengths = {relative(path): len(path.read_text().splitlines()) for path in (ROOT / room).rglob("*.py")}
    over = {
        path: length
        for path, length in lengths.items()
        if length > LONGEST_FILE and "/migrations/" not in path
    }
    assert over == {}


def functions():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{relative(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_function_is_longer_than_a_screen():
    assert {name: length for name, length in functions() if length > LONGEST_FUNCTION} == {}


def test_nearly_every_function_is_short():
    lengths = [length for _, length in functions()]
    assert sum(length <= 40 for length in lengths) / len(lengths) >= 0.95


def test_rooms_do_not_steer_by_signals():
    """Upper rooms call down. Django's own post_migrate keeps the roles in step, and nothing else."""
    found = importers(lambda name: name.startswith(("django.db.models.signals", "django.dispatch")))
    assert set(found) == {"users/apps.py"}
