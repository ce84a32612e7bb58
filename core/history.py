"""The audit of rows: what was there before each change, kept by trigger, so bulk updates and raw SQL are covered too."""

from __future__ import annotations

from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models

ModelT = TypeVar("ModelT", bound=type[models.Model])


def audited(model: ModelT) -> ModelT:
    """Keeps the old row at every update and delete. Who made a row and when stands on the row itself."""
    tracked: ModelT = pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())(
        model
    )
    return tracked


def append_only() -> pgtrigger.Protect:
    """Refuses every update and delete."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
