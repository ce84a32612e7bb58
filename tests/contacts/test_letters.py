from __future__ import annotations

import csv
import io
import shutil
import subprocess
from datetime import date

import pytest

from contacts.dispatch import send_due
from contacts.letters import letter, pdf_of
from contacts.models import Contact, Message
from contacts.outbox import prepare_bulk
from contacts.printing import NothingToPrint, make_print_batch, safe_cell
from tests.contacts.making import letter_draft, reachable
from tests.factories import AT

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


def text_of(pdf: bytes, *options: str) -> str:
    return subprocess.run(
        ["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


@needs_pdftotext
def test_what_a_letter_says_is_never_code():
    pdf, pages = pdf_of(
        [
            letter(
                "#panic(1)\n*1 Main St*", "= $x$", '#import "x" \\ "#read(\'/etc/passwd\')', date(2026, 4, 7)
            )
        ]
    )
    text = text_of(pdf)
    assert pages == 1
    for piece in ("#panic(1)", "*1 Main St*", "= $x$", "#read('/etc/passwd')"):
        assert piece in text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')


@needs_pdftotext
def test_only_the_address_stands_in_the_window():
    pdf, _ = pdf_of([letter("Ann Lee\n12 Oak St\nAlbany, NY 12207", "Subject", "Body", date(2026, 4, 7))])
    window = [
        "-x",
        "63",
        "-y",
        "149",
        "-W",
        "324",
        "-H",
        "81",
        "-r",
        "72",
    ]  # points: 0.875, 2.0625, 4.5, 1.125 in
    assert text_of(pdf, *window).split("\n")[:3] == ["Ann Lee", "12 Oak St", "Albany, NY 12207"]
    assert len(text_of(pdf, *window).strip().split("\n")) == 3


def content(stored):
    with stored.open() as opened:
        return opened.read()


@pytest.mark.django_db
def test_a_due_letter_becomes_one_pdf_and_a_batch_takes_it_once(templates):
    accounts = [reachable(f"Person {n}", f"p{n}@example.com") for n in range(3)]
    prepare_bulk(items=[letter_draft(account, templates) for account in accounts], at=AT, by=None)
    assert send_due(at=AT) == {"handed_over": 3}
    assert [(m.pages, content(m.pdf)[:5]) for m in Message.objects.all()] == [(1, b"%PDF-")] * 3
    assert Contact.objects.filter(channel="letter", decision__allowed=True).count() == 3
    batch = make_print_batch(by=None, at=AT)
    assert (batch.letters, batch.pages, content(batch.pdf)[:5]) == (3, 3, b"%PDF-")
    rows = list(csv.DictReader(io.StringIO(content(batch.manifest).decode())))
    assert [(row["sequence"], row["first_page"], row["name"]) for row in rows] == [
        ("1", "1", "Person 0"), ("2", "2", "Person 1"), ("3", "3", "Person 2"),
    ]  # fmt: skip
    with pytest.raises(NothingToPrint):
        make_print_batch(by=None, at=AT)


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_manifest_cell_is_never_a_formula(cell):
    assert safe_cell(cell) == f"'{cell}"
