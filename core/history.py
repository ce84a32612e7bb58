"""The audit of rows: what was there before each change, kept by trigger, so bulk updates and raw SQL are covered too."""

from __future__ import annotations

from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models

ModelT = TypeVar("ModelT", bound=type[models.Model])


def audited(model: ModelT) -> ModelT:
    """Keeps the old row at every update and delete. Who made a row and when stands on the row itself."""
    tracked: ModelT = pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(), meta={"triggers": append_only()}
    )(model)
    return tracked


def audited_links(through: ModelT) -> ModelT:
    """Keeps every link made and cut between the two sides of a many-to-many. Give it a proxy of the table between them."""
    tracked: ModelT = pghistory.track(
        pghistory.InsertEvent(), pghistory.DeleteEvent(), meta={"triggers": append_only()}
    )(through)
    return tracked


def append_only() -> list[pgtrigger.Trigger]:
    """Refuses every update, delete and TRUNCATE."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        never_emptied(),
    ]


def never_deleted() -> list[pgtrigger.Trigger]:
    """Refuses every delete and TRUNCATE."""
    return [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete), never_emptied()]


def never_emptied() -> pgtrigger.Trigger:
    """Refuses TRUNCATE; the database of a test run, which is emptied between tests, says so in a setting of its own."""
    return pgtrigger.Trigger(
        name="never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="""
            IF current_setting('collections.may_be_emptied', true) IS DISTINCT FROM 'yes' THEN
                RAISE EXCEPTION 'Rows of % are kept for good.', TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        """,
    )
