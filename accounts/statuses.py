"""The account's status machine: a table of (transition, from, to). Pure."""

from __future__ import annotations

from accounts.enums import AccountStatus as S

OPEN = frozenset({S.NEW, S.ACTIVE, S.PROMISED, S.DISPUTED, S.LEGAL, S.HELD})
CLOSED = frozenset({S.PAID, S.SETTLED, S.RECALLED, S.CLOSED})
WORKABLE = frozenset({S.NEW, S.ACTIVE, S.PROMISED})

TRANSITIONS: dict[str, tuple[frozenset[S], S]] = {
    "start_work": (frozenset({S.NEW}), S.ACTIVE),
    "promise": (frozenset({S.NEW, S.ACTIVE, S.PROMISED}), S.PROMISED),
    "end_promise": (frozenset({S.PROMISED}), S.ACTIVE),
    "dispute": (OPEN, S.DISPUTED),
    "end_dispute": (frozenset({S.DISPUTED}), S.ACTIVE),
    "hold": (OPEN, S.HELD),
    "end_hold": (frozenset({S.HELD}), S.ACTIVE),
    "refer_legal": (OPEN, S.LEGAL),
    "pay_in_full": (OPEN, S.PAID),
    "settle": (OPEN, S.SETTLED),
    "reopen": (frozenset({S.PAID, S.SETTLED}), S.ACTIVE),
    "recall": (OPEN | {S.PAID, S.SETTLED}, S.RECALLED),
    "close": (OPEN | {S.PAID, S.SETTLED}, S.CLOSED),
}


class TransitionRefused(Exception):
    """The account is not in a status from which this may happen."""

    code = "transition_refused"


def target(transition: str, current: str) -> S:
    """The status after ``transition``; raises TransitionRefused with a sentence a rep can act on."""
    sources, to = TRANSITIONS[transition]
    if current not in sources:
        wanted = ", ".join(sorted(S(s).label for s in sources))
        raise TransitionRefused(
            f"An account that is {S(current).label.lower()} cannot {transition.replace('_', ' ')}; it must be one of: {wanted}."
        )
    return to
