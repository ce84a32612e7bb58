"""The mapping as a form: one line for each of our fields, read from a definition and turned into one again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import Client
from exchange.catalogue import GROUPS, choices, label, requirement
from exchange.mapping import OURS, MappingRefused, Source, read_definition

EMPTY = "(empty)"
KINDS = {"constant": "fixed value", "template": "template"}


@dataclass(frozen=True, slots=True)
class Line:
    """``source`` is "", "constant", "template" or "column:" and its name; ``values`` reads "Yes = other; No = (empty)"."""

    name: str
    source: str = ""
    text: str = ""
    values: str = ""
    need: str = ""

    @property
    def label(self) -> str:
        return label(self.name)

    @property
    def choices(self) -> str:
        return choices(self.name)

    @property
    def words(self) -> str:
        """Where the field comes from, in a few words."""
        kind, _, column = self.source.partition(":")
        said = (
            f"column {column}"
            if kind == "column"
            else f"{KINDS.get(kind, kind)} {self.text}"
            if kind
            else "nothing"
        )
        return f"{said}; {self.values}" if self.values else said


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    lines: list[Line]

    @property
    def mapped(self) -> int:
        return sum(bool(line.source) for line in self.lines)

    @property
    def shown(self) -> list[Line]:
        return [line for line in self.lines if line.source or line.need]

    @property
    def more(self) -> list[Line]:
        return [line for line in self.lines if not line.source and not line.need]

    @property
    def open(self) -> bool:
        return bool(self.shown)


def lines_of(definition: Mapping[str, Any]) -> dict[str, Line]:
    """Empty lines for the fields that the definition leaves out."""
    given = {name: _line(name, source) for name, source in read_definition(definition).fields.items()}
    return {name: given.get(name, Line(name)) for names in GROUPS.values() for name in names}


def typed_lines(data: Mapping[str, str]) -> dict[str, Line]:
    return {
        name: Line(
            name,
            data.get(f"{name}.source", ""),
            data.get(f"{name}.text", "").strip(),
            data.get(f"{name}.values", "").strip(),
        )
        for names in GROUPS.values()
        for name in names
    }


def differences(theirs: Mapping[str, Line], mine: Mapping[str, Line]) -> list[tuple[str, str, str]]:
    """(label, their words, mine) of each field that comes from elsewhere."""
    return [
        (line.label, theirs[name].words, line.words)
        for name, line in mine.items()
        if theirs[name].words != line.words
    ]


def debt_type_of(lines: Mapping[str, Line], client: Client) -> str:
    """The one that the mapping gives every row, else the client's own."""
    given = lines["debt_type"]
    return given.text if given.source == "constant" else client.debt_type


def grouped(lines: Mapping[str, Line], debt_type: str) -> list[Group]:
    return [
        Group(title, [replace(lines[name], need=requirement(name, debt_type)) for name in names])
        for title, names in GROUPS.items()
    ]


def definition_of(
    lines: Iterable[Line], *, columns: Sequence[str], date_format: str, encoding: str, delimiter: str
) -> dict[str, Any]:
    """A definition that leaves out, by name, every column that no field reads. Raises MappingRefused."""
    definition: dict[str, Any] = {
        "fields": {line.name: _source(line) for line in lines if line.source},
        "date_format": date_format,
        "encoding": encoding,
        "delimiter": delimiter,
    }
    used = read_definition(definition).columns
    return {**definition, "ignore": [name for name in columns if name not in used and name not in OURS]}


def _line(name: str, source: Source) -> Line:
    if source.column:
        line = Line(name, f"column:{source.column}")
    elif source.template:
        line = Line(name, "template", source.template)
    else:
        line = Line(name, "constant", source.constant)
    pairs = [f"{theirs} = {ours or EMPTY}" for theirs, ours in source.values.items()]
    if source.default:
        pairs.append(f"{EMPTY} = {source.default}")
    return replace(line, values="; ".join(pairs))


def _source(line: Line) -> dict[str, Any]:
    kind, _, column = line.source.partition(":")
    if kind == "column":
        source: dict[str, Any] = {"column": column}
    elif not line.text:
        raise MappingRefused(f"{line.label}: type the {kind}, or choose another source.")
    else:
        source = {kind: line.text}
    values = _values(line)
    default = values.pop(EMPTY, "")
    return {**source, **({"values": values} if values else {}), **({"default": default} if default else {})}


def _values(line: Line) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, line.values.split(";"))):
        theirs, parted, ours = pair.partition("=")
        if not parted:
            raise MappingRefused(
                f"{line.label}: {pair!r} has no equals sign. Write what the file says = what we read, such as "
                "Yes = other; No = (empty)."
            )
        found[theirs.strip()] = "" if ours.strip() == EMPTY else ours.strip()
    return found
