"""A client's columns as our fields: column, constant, template or value map. Pure.

A definition is TOML or JSON: ``date_format``, ``encoding``, ``delimiter``, ``ignore`` (columns left out on purpose) and ``fields``, where
each of our fields names a ``column``, a ``constant``, or a ``template`` such as ``"{customerID|lower}@example.com"``; beside it may stand
``values`` (what the file says → what we read) and ``default`` (for an empty value).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.fields import ALIASES, FIELDS

SHIPPED = Path(__file__).parent / "mappings"
SLOT = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
FILTERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "digits": lambda value: re.sub(r"\D", "", value),
}
OPTIONS = frozenset({"name", "date_format", "encoding", "delimiter", "ignore", "fields"})
OURS = frozenset({"reject_row", "reject_reason"})


class MappingRefused(Exception):
    """The mapping cannot be used; the sentence names the field or column and the remedy."""

    code = "mapping_refused"


@dataclass(frozen=True, slots=True)
class Source:
    column: str = ""
    constant: str = ""
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    default: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else tuple(name for name, _ in SLOT.findall(self.template))


@dataclass(frozen=True, slots=True)
class Definition:
    fields: Mapping[str, Source]
    date_format: str = "%Y-%m-%d"
    encoding: str = "utf-8-sig"
    delimiter: str = ""
    ignore: frozenset[str] = frozenset()

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(column for source in self.fields.values() for column in source.columns)


def read_definition(data: Mapping[str, Any]) -> Definition:
    for key in data:
        if key not in OPTIONS:
            raise MappingRefused(f"{key!r} is no setting of a mapping; use {', '.join(sorted(OPTIONS))}.")
    raw = data.get("fields")
    if not isinstance(raw, Mapping) or not raw:
        raise MappingRefused("A mapping needs [fields]: at least one of our fields and where it comes from.")
    encoding = str(data.get("encoding", "utf-8-sig"))
    if encoding not in ("utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"):
        raise MappingRefused(f"Encoding {encoding!r} is not supported; use utf-8, utf-16, cp1252 or latin-1.")
    delimiter = str(data.get("delimiter", ""))
    if len(delimiter) > 1 or delimiter in tuple('"\r\n'):
        raise MappingRefused(f"{delimiter!r} is no delimiter; give one character, such as ; or a tab.")
    return Definition(
        fields={name: _source(name, value) for name, value in raw.items()},
        date_format=str(data.get("date_format", "%Y-%m-%d")),
        encoding=encoding,
        delimiter=delimiter,
        ignore=frozenset(data.get("ignore", ())),
    )


def _source(name: str, value: Any) -> Source:
    if name not in FIELDS:
        raise MappingRefused(f"{name!r} is none of our fields. Known ones: {', '.join(sorted(FIELDS))}.")
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, Mapping) or set(value) - {"column", "constant", "template", "values", "default"}:
        raise MappingRefused(
            f"{name}: give a column, a constant or a template, with values and default if needed."
        )
    if sum(key in value for key in ("column", "constant", "template")) != 1:
        raise MappingRefused(f"{name}: give exactly one of column, constant and template.")
    for _, filter_name in SLOT.findall(str(value.get("template", ""))):
        if filter_name and filter_name not in FILTERS:
            raise MappingRefused(f"{name}: {filter_name!r} is no filter; use {', '.join(FILTERS)}.")
    texts = {key: str(value[key]) for key in ("column", "constant", "template", "default") if key in value}
    return Source(**texts, values={str(k): str(v) for k, v in value.get("values", {}).items()})


def shipped(name: str) -> Mapping[str, Any]:
    """A mapping that comes with the program, by name. Raises MappingRefused."""
    path = SHIPPED / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9_-]+", name) or not path.exists():
        known = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
        raise MappingRefused(
            f"There is no mapping {name!r}. Shipped ones: {known}; or give a file ending in .toml or .json."
        )
    return tomllib.loads(path.read_text(encoding="utf-8"))


def canonical(columns: Sequence[str]) -> Definition:
    """Columns that carry our own names, or those of regulation note 7.1."""
    fields: dict[str, Source] = {}
    for column in columns:
        ours = ALIASES.get(column, column)
        if ours in fields and fields[ours].column != column:
            raise MappingRefused(
                f"The columns {fields[ours].column!r} and {column!r} both say {ours}; take one of them out."
            )
        if ours in FIELDS:
            fields[ours] = Source(column=column)
    return Definition(fields=fields)


class Mapper:
    """Turns a row of the file into the texts of our fields. Raises MappingRefused when file and mapping do not fit."""

    def __init__(self, definition: Definition, columns: Sequence[str]) -> None:
        self._check(definition, columns)
        places = {column: place for place, column in enumerate(columns)}
        plain = {
            name: source
            for name, source in definition.fields.items()
            if source.column and not source.values and not source.default
        }
        self._plain = [(name, places[source.column]) for name, source in plain.items()]
        self._made = [(n, _reader(s, places)) for n, s in definition.fields.items() if n not in plain]

    def _check(self, definition: Definition, columns: Sequence[str]) -> None:
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise MappingRefused(f"The file has the column {twice[0]!r} more than once; rename one of them.")
        missing = sorted(definition.columns - set(columns))
        if missing:
            raise MappingRefused(
                f"The file lacks the column(s) {', '.join(missing)} that the mapping reads. It has: {', '.join(columns)}. "
                "Correct the file's header or the mapping."
            )
        unknown = [c for c in columns if c not in definition.columns | definition.ignore | OURS]
        if unknown:
            raise MappingRefused(
                f"The mapping does not know the column(s) {', '.join(unknown)}. Map them to a field, or list them under ignore."
            )

    def __call__(self, row: Sequence[str]) -> dict[str, str]:
        texts = {name: value for name, place in self._plain if (value := row[place].strip())}
        for name, read in self._made:
            if value := read(row):
                texts[name] = value
        return texts


def _reader(source: Source, places: Mapping[str, int]) -> Callable[[Sequence[str]], str]:
    raw = _raw(source, places)
    if not source.values and not source.default:
        return raw
    return lambda row: source.values.get(value := raw(row), value) or source.default


def _raw(source: Source, places: Mapping[str, int]) -> Callable[[Sequence[str]], str]:
    if source.column:
        place = places[source.column]
        return lambda row: row[place].strip()
    if not source.template:
        return lambda row: source.constant

    def fill(row: Sequence[str]) -> str:
        def one(match: re.Match[str]) -> str:
            value = row[places[match[1]]].strip()
            return FILTERS[match[2]](value) if match[2] else value

        return SLOT.sub(one, source.template).strip()

    return fill
