"""A deployment that forgot something does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from collections_crm.celery import app

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "SECRET_KEY": "a",
    "FIELD_ENCRYPTION_KEY": "b",
    "DATABASE_URL": "postgres://u@h/n",
    "REDIS_URL": "redis://h",
    "MEDIA_ROOT": "/srv/media",
    "DEFAULT_FROM_EMAIL": "desk@agency.example",
    "PUBLIC_URL": "https://pay.agency.example",
    "AGENCY_NAME": "Agency",
    "AGENCY_ADDRESS": "1 Main St|Albany, NY 12207",
    "AGENCY_PHONE": "(518) 555-0100",
    "AGENCY_HOURS": "9 to 5",
}


def read_settings(**environment):
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    code = (
        "from collections_crm import settings as s; print(s.DEBUG, s.CELERY_TASK_ALWAYS_EAGER, s.DATABASES)"
    )
    return subprocess.run(
        [sys.executable, "-c", code], env={**clean, **environment}, capture_output=True, text=True, cwd="/"
    )


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_an_unset_variable_is_named(name):
    done = read_settings(**{key: value for key, value in COMPLETE.items() if key != name})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name} is not set" in done.stderr


def test_a_deployment_is_neither_in_debug_nor_eager():
    assert read_settings(**COMPLETE).stdout.startswith("False False")


def test_only_the_web_process_has_the_timeouts_of_a_request():
    assert "statement_timeout=10000 -c lock_timeout=5000" in read_settings(**COMPLETE, WEB="1").stdout
    assert "timeout" not in read_settings(**COMPLETE).stdout.replace("'CONN_HEALTH_CHECKS'", "")


def test_every_required_variable_stands_in_the_example_and_in_compose():
    for name in COMPLETE.keys() - {"DATABASE_URL", "REDIS_URL", "MEDIA_ROOT"}:
        assert f"\n{name}=\n" in (ROOT / ".env.example").read_text(), name
        assert f"{name}: ${{{name}:?set {name}}}" in (ROOT / "docker-compose.yml").read_text(), name


def test_beat_starts_only_tasks_that_exist():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= app.tasks.keys()
