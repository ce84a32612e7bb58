"""A deployment that forgot something does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "SECRET_KEY": "a",
    "FIELD_ENCRYPTION_KEY": "b",
    "DATABASE_URL": "postgres://u@h/n",
    "REDIS_URL": "redis://h",
    "MEDIA_ROOT": "/srv/media",
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
