"""A placement in five steps: the file, its columns, a dry run, the load, the result. Each step has an address of its own."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import PlacementStatus
from accounts.models import Placement
from console.forms import LoadForm, UploadForm
from console.fragments import page, wants_fragment
from console.mapping_form import (
    Line,
    debt_type_of,
    definition_of,
    differences,
    grouped,
    lines_of,
    typed_lines,
)
from console.placements import clients_of
from console.workspace import person
from core import clock
from core.access import requires
from core.clock import business_today
from exchange.catalogue import label, still_needed
from exchange.fields import FIELDS
from exchange.inspecting import ENCODINGS, keep_upload, preview, read_again, sample_rows
from exchange.mapping import MappingRefused
from exchange.mapping_store import DATE_FORMATS, MappingChanged, free_name, offered_sources, suggest_mapping
from exchange.models import ImportRun, Upload
from exchange.models import Mapping as SavedMapping
from exchange.reader import FileRefused
from exchange.runs import RunRefused, cancel_run, restart_run, stalled, start_run

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SHOWN_PROBLEMS = 100
SHOWN_LINES = 5
LAST = "last"
NEXT_PROBLEM = re.compile(rf"; (?=(?:{'|'.join(FIELDS)}): )")


def find_upload(request: HttpRequest, pk: int) -> Upload:
    mine = Upload.objects.select_related("client", "uploaded_by").exclude(file="")  # purged after 30 days
    return get_object_or_404(mine.filter(client__in=clients_of(person(request))), pk=pk)


def find_run(request: HttpRequest, pk: int) -> ImportRun:
    mine = ImportRun.objects.select_related("upload__client", "placement", "started_by")
    return get_object_or_404(mine.filter(upload__client__in=clients_of(person(request))), pk=pk)


def _go(request: HttpRequest, url: str, accepted: str = "") -> HttpResponse:
    """On to the next step; ``accepted`` names the form whose draft is done with."""
    if not wants_fragment(request):
        return redirect(url)
    response = HttpResponse(headers={"HX-Redirect": url})
    if accepted:
        response["HX-Trigger"] = json.dumps({"accepted": {"value": accepted}})
    return response


@requires("exchange.import_placement")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Step one. A file that cannot be read is refused here, with the line and the remedy, and not kept."""
    clients = clients_of(person(request)).filter(is_active=True)
    form = UploadForm(request.POST or None, request.FILES or None, clients=clients)
    problems: list[str] = []
    if request.method == "POST":
        if form.is_valid():
            file = cast("UploadedFile[Any]", form.cleaned_data["file"])
            try:
                upload = keep_upload(
                    client=form.cleaned_data["client"], file=file, by=person(request), at=clock.now()
                )
                return _go(request, reverse("console:map-columns", args=[upload.pk]))
            except FileRefused as error:
                problems = [str(error)]
        problems += _form_problems(form)
    context = {"form": form, "problems": problems, "step": 1}
    return page(
        request, "console/placement_new.html", context, block="problems", status=422 if problems else 200
    )


def _form_problems(form: UploadForm | LoadForm) -> list[str]:
    return [f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts]


@requires("exchange.import_placement")
@require_http_methods(["GET", "POST"])
def map_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Step two, and from it the dry run."""
    upload = find_upload(request, pk)
    source = request.GET.get("from", "")
    if request.method == "GET":
        source, definition, first = _first_values(upload, source)
        form = LoadForm(initial=first, date_formats=_formats(first["date_format"]))
        return _mapping_page(request, upload, lines_of(definition), form, source=source)
    lines = typed_lines(request.POST)
    form = LoadForm(request.POST, date_formats=_formats(request.POST.get("date_format", "")))
    problems = _form_problems(form)
    changed = None
    if not problems:
        try:
            run = _start(request, upload, lines, form)
            return _go(request, reverse("console:run", args=[run.pk]), accepted=f"map-{source}")
        except MappingChanged as error:
            changed = error.saved
        except MappingRefused as error:
            problems = [str(error)]
    return _mapping_page(request, upload, lines, form, source=source, problems=problems, changed=changed)


def _start(request: HttpRequest, upload: Upload, lines: Mapping[str, Line], form: LoadForm) -> ImportRun:
    given = form.cleaned_data
    return start_run(
        upload=upload,
        definition=_definition(upload, lines, given["date_format"]),
        placed_on=given["placed_on"],
        dry_run=True,
        expect_rows=given["expect_rows"],
        expect_amount=given["expect_amount"],
        remember_as=given["name"],
        replaces=given["replace"] or given["replaces"],
        by=person(request),
        at=clock.now(),
    )


def _definition(upload: Upload, lines: Mapping[str, Line], date_format: str) -> dict[str, Any]:
    return definition_of(
        lines.values(),
        columns=upload.columns,
        date_format=date_format,
        encoding=upload.encoding,
        delimiter=upload.delimiter,
    )


def _first_values(upload: Upload, source: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Source, definition and what stands in the form: as in the last run of this file, else as is suggested."""
    last = upload.runs.order_by("-pk").first() if source in ("", LAST) else None
    seen: datetime | None
    first: dict[str, Any] = {"placed_on": business_today(clock.now())}
    if last is not None:
        source, definition, seen = LAST, last.definition, last.started_at
        first |= {name: getattr(last, name) for name in ("placed_on", "expect_rows", "expect_amount")}
        kept = upload.client.mappings.filter(saved_at=seen).first()  # by that run, and by nobody since
        first["name"] = kept.name if kept else ""
    else:
        suggestion = suggest_mapping(
            columns=upload.columns, client=upload.client, sample=sample_rows(upload), source=source
        )
        source, definition, seen = suggestion.source, suggestion.definition, suggestion.saved_at
        first["name"] = source.removeprefix("saved:") if seen else free_name(upload.client)
    first |= {
        "replaces": seen.isoformat() if seen else "",
        "date_format": definition.get("date_format", "%Y-%m-%d"),
    }
    return source, definition, first


def _formats(given: str) -> list[tuple[str, str]]:
    """The usual forms of dates, and the mapping's own where it is another."""
    own = {} if given in DATE_FORMATS or "%" not in given else {given: given}
    return list({**DATE_FORMATS, **own}.items())


def _mapping_page(
    request: HttpRequest,
    upload: Upload,
    lines: Mapping[str, Line],
    form: LoadForm,
    *,
    source: str,
    problems: list[str] | None = None,
    changed: SavedMapping | None = None,
) -> HttpResponse:
    context = {
        "step": 2,
        "upload": upload,
        "encodings": list(ENCODINGS.items()),
        "delimiters": list(DELIMITERS.items()),
        "written": _written(upload),
        "raw": sample_rows(upload),
        "groups": grouped(lines, debt_type_of(lines, upload.client)),
        "form": form,
        "sources": [
            *([(LAST, "The last run of this file")] if source == LAST else []),
            *offered_sources(upload.client),
        ],
        "source": source,
        "problems": problems or [],
        "changed": changed,
        "differences": differences(lines_of(changed.definition), lines) if changed else [],
        **_sample(upload, lines, form["date_format"].value() or "", form["placed_on"].value()),
    }
    status = 409 if changed else 422 if problems else 200
    return page(request, "console/placement_map.html", context, block="problems", status=status)


def _written(upload: Upload) -> str:
    if not upload.delimiter:
        return "workbook"
    return f"{ENCODINGS[upload.encoding]}, parted by {DELIMITERS.get(upload.delimiter, upload.delimiter)}"


@requires("exchange.import_placement")
@require_POST
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """The first rows as they would be read, while the mapping is being made."""
    upload = find_upload(request, pk)
    context = _sample(
        upload,
        typed_lines(request.POST),
        request.POST.get("date_format", ""),
        request.POST.get("placed_on", ""),
    )
    return page(request, "console/placement_sample.html", context)


def _sample(upload: Upload, lines: Mapping[str, Line], date_format: str, placed_on: Any) -> dict[str, Any]:
    """``table`` has a line for each mapped field: its label, then (text, refused) for each of the first rows."""
    found: dict[str, Any] = {"table": [], "faults": [], "missing": [], "unused": [], "refused": ""}
    on = parse_date(str(placed_on)) or business_today(clock.now())
    try:
        definition = _definition(upload, lines, date_format)
        rows = [(texts, _parted(problems)) for texts, problems in preview(upload, definition, placed_on=on)]
    except MappingRefused as error:
        return {**found, "refused": str(error)}
    fields = definition["fields"]
    mapped = {"", *map(label, fields)}  # what is not mapped is told once, not for every row
    return {
        **found,
        "missing": still_needed(frozenset(fields), debt_type_of(lines, upload.client)),
        "unused": definition["ignore"],
        "faults": [
            (number, field, reason)
            for number, (_, faults) in enumerate(rows, 1)
            for field, reason in faults
            if field in mapped
        ],
        "table": [(label(name), [_cell(name, *row) for row in rows]) for name in fields],
    }


def _cell(name: str, texts: Mapping[str, str], faults: list[tuple[str, str]]) -> tuple[str, bool]:
    return _masked(name, texts.get(name, "")), any(field == label(name) for field, _ in faults)


def _masked(name: str, text: str) -> str:
    return f"…{text[-4:]}" if name.endswith("tax_id") and text else text


def _parted(problems: list[str]) -> list[tuple[str, str]]:
    """(label of the field, reason) of each; the field is empty where the whole row is meant."""
    return [
        (label(name), reason) if parted and name in FIELDS else ("", problem)
        for problem in problems
        for name, parted, reason in [problem.partition(": ")]
    ]


@requires("exchange.import_placement")
@require_POST
def reread(request: HttpRequest, pk: int) -> HttpResponse:
    upload = find_upload(request, pk)
    try:
        read_again(
            upload=upload,
            encoding=request.POST.get("encoding", ""),
            delimiter=request.POST.get("delimiter", ""),
        )
    except FileRefused as error:
        messages.error(request, f"{error} The file is still read as before.")
    return redirect("console:map-columns", upload.pk)


@requires("exchange.import_placement")
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress while it lasts, then the result."""
    found = find_run(request, pk)
    context = {
        "run": found,
        "upload": found.upload,
        "result": found.result,
        "amount": Decimal(found.result.get("amount", "0")),
        "amount_read": Decimal(found.result.get("amount_read", "0")),
        "stalled": bool(stalled([found], clock.now())),
        "problems": _listed(found),
        "agrees": _agrees(found),
        "loaded": _loaded(found) if found.dry_run and found.result else None,
        "can_undo": person(request).has_perm("accounts.manage_placement"),
        "step": 3 if found.dry_run else 4,
    }
    return page(request, "console/placement_run.html", context, block="progress")


def _listed(found: ImportRun) -> list[tuple[list[int], int, str, str]]:
    """(first lines, how many more, field, reason) of what was wrong: one entry for all rows with the same fault."""
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for problem in sorted(found.result.get("problems", []), key=itemgetter("row")):
        for fault in _parted(NEXT_PROBLEM.split(problem["reason"])):
            lines[fault].append(problem["row"])
    return [
        (rows[:SHOWN_LINES], len(rows[SHOWN_LINES:]), field, reason)
        for (field, reason), rows in list(lines.items())[:SHOWN_PROBLEMS]
    ]


def _agrees(found: ImportRun) -> bool:
    """Whether the file met the control totals that were given."""
    rows, amount = found.result.get("rows"), Decimal(found.result.get("amount_read", "0"))
    return found.expect_rows in (None, rows) and found.expect_amount in (None, amount)


def _loaded(found: ImportRun) -> Placement | None:
    return Placement.objects.filter(runs__upload=found.upload, status=PlacementStatus.LOADED).first()


@requires("exchange.import_placement")
@require_POST
def load(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a dry run, read in the same way, for good."""
    dry = find_run(request, pk)
    try:
        started = start_run(
            upload=dry.upload,
            definition=dry.definition,
            placed_on=dry.placed_on,
            dry_run=False,
            expect_rows=dry.expect_rows,
            expect_amount=dry.expect_amount,
            by=person(request),
            at=clock.now(),
        )
    except RunRefused as error:
        messages.error(request, str(error))
        return redirect("console:run", dry.pk)
    return redirect("console:run", started.pk)


@requires("exchange.import_placement")
@require_POST
def change_run(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    found = find_run(request, pk)
    act = {"cancel": cancel_run, "restart": restart_run}[verb]
    try:
        act(run=found, by=person(request), at=clock.now())
    except RunRefused as error:
        messages.error(request, str(error))
    return redirect("console:run", found.pk)


@requires("exchange.import_placement")
@require_GET
def rejects(request: HttpRequest, pk: int) -> FileResponse:
    """The rejected rows with their reasons, to be mended and loaded again."""
    name = find_run(request, pk).result.get("reject_file", "")
    if not name or not default_storage.exists(name):
        raise Http404
    return FileResponse(default_storage.open(name), as_attachment=True, filename=Path(name).name)
