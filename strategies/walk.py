"""How far an account gets along its strategy on a day. Pure: no Django, no clock, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

MESSAGES = frozenset({"email", "letter", "text", "notice"})


@dataclass(frozen=True, slots=True)
class Stage:
    """One step, as the walk needs it."""

    id: int
    anchor: str
    offset_days: int
    action: str
    must_go: bool = False
    """A notice that the law asks for is never too old to be made up."""

    @property
    def is_message(self) -> bool:
        return self.action in MESSAGES


@dataclass(frozen=True, slots=True)
class Position:
    """Where an account stands: the index of its next step, and the dates that steps count from."""

    index: int
    due_on: date | None
    placed_on: date
    enrolled_on: date
    last_step_on: date | None = None
    last_contact_on: date | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A step passed: carried out, or skipped because it is too old to be made up."""

    stage: Stage
    due_on: date
    skipped: bool


def step_day(stage: Stage, position: Position) -> date:
    """The day the step is meant for."""
    anchors = {
        "due": position.due_on or position.placed_on,
        "placement": position.placed_on,
        "last_step": position.last_step_on or position.enrolled_on,
    }
    return anchors[stage.anchor] + timedelta(days=stage.offset_days)


def next_day(stages: Sequence[Stage], position: Position) -> date | None:
    """The first day on which the next step may fire; None at the end of the strategy. One message a day at most."""
    if position.index >= len(stages):
        return None
    stage = stages[position.index]
    day = step_day(stage, position)
    if stage.is_message and position.last_contact_on is not None:
        return max(day, position.last_contact_on + timedelta(days=1))
    return day


def walk(
    stages: Sequence[Stage], position: Position, on: date, catch_up_days: int
) -> tuple[list[Done], Position, Stage | None]:
    """Every step due on ``on``, in order, up to the first message, which waits for the gate's answer.

    Gives the steps passed, the position after them and the message that is due (None: nothing more today).
    """
    passed: list[Done] = []
    oldest = on - timedelta(days=catch_up_days)
    while (day := next_day(stages, position)) is not None and day <= on:
        stage = stages[position.index]
        meant_for = step_day(stage, position)
        skipped = meant_for < oldest and not stage.must_go
        if stage.is_message and not skipped:
            return passed, position, stage
        passed.append(Done(stage, meant_for, skipped))
        position = after(position, on, message=False)
    return passed, position, None


def after(position: Position, on: date, *, message: bool) -> Position:
    """The position once the next step has been passed on ``on``."""
    contact = on if message else position.last_contact_on
    return replace(position, index=position.index + 1, last_step_on=on, last_contact_on=contact)
