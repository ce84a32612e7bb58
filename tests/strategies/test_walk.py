from __future__ import annotations

from datetime import date, timedelta

from strategies.walk import Done, Position, Stage, after, next_day, walk

DUE = date(2026, 3, 2)
NOTICE = Stage(1, "due", 3, "notice")
SECOND = Stage(2, "due", 10, "notice")
CALL = Stage(3, "due", 20, "call_task")
ESCALATE = Stage(4, "due", 30, "escalation")
STAGES = [NOTICE, SECOND, CALL, ESCALATE]


def at(index: int = 0, **fields: date) -> Position:
    return Position(index, DUE, DUE + timedelta(days=1), DUE + timedelta(days=1), **fields)


def day(offset: int) -> date:
    return DUE + timedelta(days=offset)


def test_nothing_is_due_the_day_before_a_step() -> None:
    assert walk(STAGES, at(), day(2), 30) == ([], at(), None)


def test_a_message_is_due_on_its_very_day() -> None:
    assert walk(STAGES, at(), day(3), 30) == ([], at(), NOTICE)


def test_tasks_and_escalations_of_missed_nights_fire_in_order() -> None:
    passed, position, message = walk(STAGES, at(2), day(31), 30)
    assert passed == [Done(CALL, day(20), False), Done(ESCALATE, day(30), False)]
    assert (position.index, message) == (4, None)


def test_a_message_holds_what_comes_after_it() -> None:
    assert walk(STAGES, at(1), day(31), 30) == ([], at(1), SECOND)


def test_a_second_message_waits_for_the_next_day() -> None:
    position = after(at(), day(12), message=True)
    assert walk(STAGES, position, day(12), 30) == ([], position, None)
    assert next_day(STAGES, position) == day(13)
    assert walk(STAGES, position, day(13), 30) == ([], position, SECOND)


def test_a_step_of_exactly_the_catch_up_days_is_made_up_and_an_older_one_skipped() -> None:
    assert walk(STAGES, at(), day(13), 10) == ([], at(), NOTICE)
    passed, position, message = walk(STAGES, at(), day(14), 10)
    assert passed == [Done(NOTICE, day(3), True)]
    assert (position.index, message) == (1, SECOND)


def test_a_skipped_message_does_not_count_as_the_message_of_the_day() -> None:
    _, position, _ = walk(STAGES, at(), day(14), 10)
    assert position.last_contact_on is None


def test_the_previous_step_anchors_on_the_day_it_fired_or_on_enrolment() -> None:
    stages = [Stage(1, "last_step", 2, "letter"), Stage(2, "last_step", 5, "call_task")]
    assert next_day(stages, at()) == day(3)
    assert next_day(stages, after(at(), day(9), message=True)) == day(14)


def test_without_a_due_date_the_placement_counts() -> None:
    assert next_day([NOTICE], Position(0, None, date(2026, 5, 1), date(2026, 5, 2))) == date(2026, 5, 4)


def test_the_end_of_the_strategy_has_no_day() -> None:
    assert next_day(STAGES, at(4)) is None
