"""The decisions on record asked again: under the policy each was made by, or under another, one after the other in constant memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from compliance.gate import decide
from compliance.models import Decision
from compliance.packs import policies
from compliance.policy import Policy, policy_on
from compliance.questions import read_question
from compliance.reader import QuestionError
from core.clock import business_zone

AT_ONCE = 2_000
COLUMNS = ("pk", "account__ref", "channel", "at", "codes", "policy_version", "question")
Choice = Callable[[str, datetime], Policy | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """``was`` and ``now`` are codes, in order; empty: allowed."""

    decision: int
    account: str
    channel: str
    at: datetime
    was: tuple[str, ...]
    now: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "decision": self.decision, "account": self.account, "channel": self.channel, "at": self.at.isoformat(),
            "was": list(self.was), "now": list(self.now),
        }  # fmt: skip


@dataclass(slots=True)
class Tally:
    """``more`` and ``less``: by code, how many decisions it comes into and goes out of. ``unknown``: their policy is not known here."""

    decisions: int = 0
    same: int = 0
    now_refused: int = 0
    now_allowed: int = 0
    other_reasons: int = 0
    unreadable: int = 0
    unknown: int = 0
    more: Counter[str] = field(default_factory=Counter)
    less: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        return {
            name: dict(value) if isinstance(value, Counter) else value
            for name in self.__slots__
            for value in [getattr(self, name)]
        }

    def count(self, found: Difference | None) -> None:
        self.decisions += 1
        if found is None:
            self.same += 1
            return
        if not found.was:
            self.now_refused += 1
        elif not found.now:
            self.now_allowed += 1
        else:
            self.other_reasons += 1
        self.more.update(set(found.now) - set(found.was))
        self.less.update(set(found.was) - set(found.now))


def replay(
    *, policy: Policy | None = None, since: date | None = None, until: date | None = None, tally: Tally
) -> Iterator[Difference]:
    """Every decision made on the agency's days ``since`` to ``until``, both included, that would be answered otherwise.

    ``policy`` None: each under the version it names, which finds where the program itself answers otherwise than it did.
    """
    law = policies()
    named = {each.version: each for each in law}

    def of(version: str, at: datetime) -> Policy | None:
        return policy or named.get(version) or (policy_on(at.date(), law) if not version else None)

    return _compare(_kept(since, until), of, tally)


def _kept(since: date | None, until: date | None) -> Iterator[tuple[Any, ...]]:
    kept, zone = Decision.objects.order_by("pk"), business_zone()
    if since is not None:
        kept = kept.filter(made_at__gte=datetime.combine(since, time.min, zone))
    if until is not None:
        kept = kept.filter(made_at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return kept.values_list(*COLUMNS).iterator(chunk_size=AT_ONCE)


def _compare(kept: Iterable[tuple[Any, ...]], of: Choice, tally: Tally) -> Iterator[Difference]:
    for pk, ref, channel, at, codes, version, question in kept:
        policy = of(version, at)
        if policy is None:
            tally.unknown += 1
            continue
        try:
            request, facts = read_question(question)
        except QuestionError:
            tally.unreadable += 1
            continue
        now = tuple(str(reason.code) for reason in decide(request, facts, policy).reasons)
        found = Difference(pk, ref, channel, at, tuple(codes), now) if now != tuple(codes) else None
        tally.count(found)
        if found is not None:
            yield found
