"""The Celery application: `celery -A collections_crm worker`, `celery -A collections_crm beat`."""

import os

from celery import Celery
from celery.signals import worker_process_init

from collections_crm.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")

app = Celery("collections_crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _settle(**_: object) -> None:
    settle()
