"""Tables of a policy that are not rows of a place: time to sue, calls by machine, spacing, recording, licences. Pure.

A pack that was published before a table was known still reads: what it does not say is refused where it is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from compliance.clocks import Clocks, clocks
from compliance.tables import Table

MANUAL = "manual"
DIAL_MODES = frozenset({MANUAL, "preview", "power", "predictive", "prerecorded", "ringless"})
CHAPTERS = frozenset({"7", "11", "12", "13"})
CONTRACTS = ("written", "oral", "open")
ALLOCATIONS = ("all_intended_debts", "selected_debt")


@dataclass(frozen=True, slots=True)
class Limitation:
    """Years to sue in one state by kind of contract; ``revives``: a payment before the end begins them anew."""

    written: int
    oral: int
    open: int
    revives: bool
    citation: str
    confidence: str

    def years(self, contract: str) -> int:
        """The shortest when the contract's kind is not clear."""
        return (
            int(getattr(self, contract)) if contract in CONTRACTS else min(self.written, self.oral, self.open)
        )


@dataclass(frozen=True, slots=True)
class Dialing:
    """``automated``: modes that need consent; ``recorded``: those of them that speak for themselves.

    ``landline_limit`` recorded calls in ``landline_days`` days go to a landline without it (0: none).
    ``revocation_words``: each alone in a text takes consent back, whatever else is thought of it.
    """

    automated: frozenset[str] = DIAL_MODES - {MANUAL}
    recorded: frozenset[str] = frozenset({"prerecorded", "ringless"})
    landline_limit: int = 0
    landline_days: int = 0
    revocation_for_all_from: date | None = date.min
    revocation_words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spacing:
    """Short of which an allowed call is warned of: minutes for one number, hours and calls a day for one person."""

    minutes: int
    hours: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Duties:
    """Calendar days and years; ``abandon_percent`` of the calls that a person answered, over ``abandon_days``; seconds;
    rates in percent a year.
    """

    claim_days: int
    records_years: int
    scra_check_days: int
    abandon_percent: int
    abandon_days: int
    abandon_seconds: int
    ring_seconds: int
    service_rate: int


@dataclass(frozen=True, slots=True)
class LawTables:
    """``contracts``: kind of debt to kind of contract. ``all_party_states`` None: not said, so taken for all."""

    limitations: Mapping[str, Limitation] = field(default_factory=dict)
    contracts: Mapping[str, str] = field(default_factory=dict)
    dialing: Dialing = Dialing()
    spacing: Spacing | None = None
    all_party_states: frozenset[str] | None = None
    licence_places: frozenset[str] = frozenset()
    co_debtor_chapters: frozenset[str] = CHAPTERS
    majority: int | None = None
    clocks: Clocks | None = None
    duties: Duties | None = None


KEYS = (
    "limitations",
    "contracts",
    "dialing",
    "spacing",
    "recording",
    "licences",
    "bankruptcy",
    "people",
    "clocks",
    "duties",
)


def _duties(table: Table) -> Duties:
    """Raises PolicyError."""
    names = Duties.__dataclass_fields__
    table.only(*names)
    return Duties(**{name: table.positive(name) for name in names})


def law_tables(top: Table) -> LawTables:
    """Raises PolicyError."""
    has = top.data.__contains__
    limitations = top.table("limitations") if has("limitations") else Table({}, top.where)
    contracts = top.table("contracts") if has("contracts") else Table({}, top.where)
    return LawTables(
        limitations={state: _limitation(limitations.table(state)) for state in limitations.data},
        contracts={kind: contracts.one_of(kind, CONTRACTS) for kind in contracts.data},
        dialing=_dialing(top.table("dialing")) if has("dialing") else Dialing(),
        spacing=_spacing(top.table("spacing")) if has("spacing") else None,
        all_party_states=_only_list(top, "recording", "all_party") if has("recording") else None,
        licence_places=_only_list(top, "licences", "required") if has("licences") else frozenset(),
        co_debtor_chapters=_only_list(top, "bankruptcy", "co_debtor_chapters")
        if has("bankruptcy")
        else CHAPTERS,
        majority=_majority(top.table("people")) if has("people") else None,
        clocks=clocks(top.table("clocks")) if has("clocks") else None,
        duties=_duties(top.table("duties")) if has("duties") else None,
    )


def _only_list(top: Table, name: str, key: str) -> frozenset[str]:
    table = top.table(name)
    table.only(key)
    return frozenset(table.strings(key))


def _limitation(row: Table) -> Limitation:
    row.only(*CONTRACTS, "revives", "citation", "confidence")
    return Limitation(
        written=row.positive("written"),
        oral=row.positive("oral"),
        open=row.positive("open"),
        revives=row.get("revives", bool) if "revives" in row.data else False,
        citation=row.get("citation", str),
        confidence=row.one_of("confidence", ("unstated", "high", "medium", "low")),
    )


def _dialing(table: Table) -> Dialing:
    table.only(
        "automated",
        "recorded",
        "landline_limit",
        "landline_days",
        "revocation_for_all_from",
        "revocation_words",
    )
    return Dialing(
        automated=table.some_of("automated", DIAL_MODES - {MANUAL}),
        recorded=table.some_of("recorded", DIAL_MODES - {MANUAL}),
        landline_limit=table.positive("landline_limit"),
        landline_days=table.positive("landline_days"),
        revocation_for_all_from=table.day("revocation_for_all_from"),
        revocation_words=frozenset(
            table.strings("revocation_words") if "revocation_words" in table.data else ()
        ),
    )


def _spacing(table: Table) -> Spacing:
    table.only("minutes", "hours", "per_day")
    return Spacing(table.positive("minutes"), table.positive("hours"), table.positive("per_day"))


def _majority(table: Table) -> int:
    table.only("majority")
    return table.positive("majority")
