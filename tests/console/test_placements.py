"""A placement through the console: every step has an address, every refusal a sentence, nothing outside one's clients."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from accounts.models import Account, Placement
from contacts.models import Note
from exchange import runs
from exchange.catalogue import GROUPS
from exchange.fields import FIELDS
from exchange.models import ImportRun, Mapping, Upload
from tests import factories as make

HEADER = "Invoice Number,Company,Street,City,ST,Zip Code,Amount Due,Due Date,Paper"
ROWS = [
    "00017,Acme,1 Main St,Albany,NY,12207,10.00,3/15/2026,Y",
    "00018,Bolt,2 Main St,Albany,NY,nowhere,20.00,3/16/2026,N",
]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(db: object) -> Browser:
    make.make_client("acme-supply", debt_type="commercial")
    return signed_in("supervisor")


def signed_in(role: str, **fields: Any) -> Browser:
    found = Browser()
    found.force_login(make.make_user(role, **fields), backend="django.contrib.auth.backends.ModelBackend")
    return found


def csv_file(*lines: str, encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile("march.csv", "\n".join([*lines, ""]).encode(encoding))


def upload(browser: Browser, file: Any = None) -> Upload:
    client = make.make_client("acme-supply")
    sent = {"client": client.pk, "file": file or csv_file(HEADER, *ROWS)}
    response = browser.post("/placements/new/", sent)
    found = Upload.objects.latest("pk")
    assert response["Location"] == f"/placements/files/{found.pk}/"
    return found


def typed(html: str) -> dict[str, str]:
    """What a browser would send of the mapping's form as it stands."""
    found = {}
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    for tag in re.findall(r"<input[^>]+>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in ("q", "csrfmiddlewaretoken"):
            found[name[1]] = value[1] if value else ""
    return found


def dry_run(browser: Browser, found: Upload, **changes: str) -> ImportRun:
    path = f"/placements/files/{found.pk}/"
    response = browser.post(path, {**typed(browser.get(path).content.decode()), **changes})
    run = ImportRun.objects.latest("pk")
    assert response["Location"] == f"/placements/runs/{run.pk}/"
    return run


def text_of(response: Any) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def test_every_field_stands_in_one_group() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(FIELDS)


class TestTheFile:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "The submitted file is empty."),
            (b"one column\n1\n", "Set the delimiter."),
            (b'a,b\n"1,2\n', "Look for a quotation mark that is never closed."),
            (b"a,b\n", "The file has a header and no rows below it."),
            (b"PK\x03\x04nothing", "save it as .xlsx or CSV"),
            (b"a,b\n\x81\x8d,\x90\n", "neither UTF-8 nor Windows-1252"),
        ],
    )
    def test_what_cannot_be_read_is_refused_and_not_kept(
        self, content: bytes, sentence: str, browser: Browser
    ) -> None:
        client = make.make_client("acme-supply")
        file = SimpleUploadedFile("broken.csv", content)
        response = browser.post("/placements/new/", {"client": client.pk, "file": file}, headers=HTMX)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not Upload.objects.exists()

    def test_its_encoding_and_delimiter_are_found_and_told(self, browser: Browser) -> None:
        found = upload(browser, csv_file("Name;Zip Code", "Peña;12207", encoding="cp1252"))
        assert (found.encoding, found.delimiter, found.columns, found.rows) == (
            "cp1252",
            ";",
            ["Name", "Zip Code"],
            1,
        )
        assert "Windows-1252, parted by semicolon" in text_of(browser.get(f"/placements/files/{found.pk}/"))

    def test_it_is_read_again_as_a_person_says(self, browser: Browser) -> None:
        found = upload(browser, csv_file("Name;Zip Code,County", "Acme;12207,Albany"))
        browser.post(f"/placements/files/{found.pk}/read/", {"encoding": "utf-8-sig", "delimiter": ","})
        found.refresh_from_db()
        assert found.columns == ["Name;Zip Code", "County"]

    def test_a_workbook_is_read_too(self, browser: Browser) -> None:
        book, out = Workbook(), io.BytesIO()
        for line in (HEADER, *ROWS):
            book.active.append(line.split(","))  # type: ignore[union-attr]
        book.save(out)
        found = upload(browser, SimpleUploadedFile("march.xlsx", out.getvalue()))
        assert (found.columns, found.rows, found.delimiter) == (HEADER.split(","), 2, "")

    def test_the_first_rows_are_sealed_in_the_database(self, browser: Browser) -> None:
        found = upload(browser)
        with connection.cursor() as cursor:
            cursor.execute("SELECT sample FROM exchange_upload WHERE id = %s", [found.pk])
            assert cursor.fetchone()[0].startswith("v1:")

    def test_a_client_of_another_team_is_not_offered(self, browser: Browser) -> None:
        other = make.make_client("other", team=make.make_team("Elsewhere", "elsewhere"))
        response = browser.post("/placements/new/", {"client": other.pk, "file": csv_file(HEADER, *ROWS)})
        assert response.status_code == 422
        assert not Upload.objects.exists()


class TestTheColumns:
    def test_names_suggest_fields_and_the_rows_a_date_format(self, browser: Browser) -> None:
        form = typed(browser.get(f"/placements/files/{upload(browser).pk}/").content.decode())
        mapped = {
            name.removesuffix(".source"): value for name, value in form.items() if value.startswith("column:")
        }
        assert mapped == {
            "client_reference": "column:Invoice Number",
            "debtor_name": "column:Company",
            "line1": "column:Street",
            "city": "column:City",
            "state": "column:ST",
            "zip": "column:Zip Code",
            "current_balance": "column:Amount Due",
            "due_on": "column:Due Date",
        }
        assert form["date_format"] == "%m/%d/%Y"

    def test_the_sample_follows_what_is_typed(self, browser: Browser) -> None:
        path = f"/placements/files/{upload(browser).pk}/"
        form = typed(browser.get(path).content.decode())
        form |= {
            "email1.source": "template",
            "email1.text": "{Company|lower}@example.com",
            "electronic_billing.source": "column:Paper",
            "electronic_billing.values": "Y = no; N = yes",
            "client_reference.source": "",
        }
        said = text_of(browser.post(path + "sample/", form, headers=HTMX))
        assert "E-mail acme@example.com bolt@example.com" in said
        assert "Electronic billing no yes" in said
        assert "Still needed: Client reference." in said
        assert "Row 2, ZIP: 'nowhere' is no ZIP code" in said

    def test_what_a_row_needs_follows_the_kind_of_debt(self, browser: Browser) -> None:
        path = f"/placements/files/{upload(browser).pk}/"
        form = typed(browser.get(path).content.decode())
        form |= {"debt_type.source": "constant", "debt_type.text": "medical", "date_format": "%d/%m/%Y"}
        said = text_of(browser.post(path + "sample/", form, headers=HTMX))
        needed = "First delinquency on, Itemization on, Itemization type, Itemization balance"
        assert f"Still needed: {needed}." in said
        # told once above, not again for every row
        assert "is required" not in said
        assert "Row 1, Due on: '3/15/2026' is no date of the form DD/MM/YYYY" in said

    def test_the_sample_of_the_page_is_the_one_that_is_swapped_in(self, browser: Browser) -> None:
        path = f"/placements/files/{upload(browser).pk}/"
        whole = browser.get(path)
        part = browser.post(path + "sample/", typed(whole.content.decode()), headers=HTMX)
        assert text_of(part).strip()
        assert text_of(part).strip() in text_of(whole)

    def test_a_tax_id_is_shown_by_its_last_four(self, browser: Browser) -> None:
        found = upload(browser, csv_file("Name,SSN", "Acme,412-55-4471"))
        said = text_of(browser.get(f"/placements/files/{found.pk}/"))
        assert "SSN or EIN …4471" in said

    def test_a_mapping_that_cannot_be_used_is_refused_in_words(self, browser: Browser) -> None:
        path = f"/placements/files/{upload(browser).pk}/"
        form = typed(browser.get(path).content.decode()) | {"city.source": "constant", "city.text": ""}
        response = browser.post(path, form, headers=HTMX)
        assert response.status_code == 422
        assert text_of(response).strip() == "City: type the constant, or choose another source."
        assert not ImportRun.objects.exists()

    def test_a_mapping_is_remembered_for_the_next_file(self, browser: Browser) -> None:
        changes = {
            "electronic_billing.source": "column:Paper",
            "electronic_billing.values": "Y = no; N = yes",
        }
        dry_run(browser, upload(browser), name="Monthly file", **changes)
        assert Mapping.objects.get().name == "monthly-file"
        form = typed(browser.get(f"/placements/files/{upload(browser).pk}/").content.decode())
        assert (form["electronic_billing.source"], form["name"]) == ("column:Paper", "monthly-file")
        assert form["electronic_billing.values"] == "N = yes; Y = no"

    def test_htmx_goes_on_and_lets_go_of_what_was_kept_of_the_typing(self, browser: Browser) -> None:
        path = f"/placements/files/{upload(browser).pk}/"
        form = typed(browser.get(path).content.decode())
        response = browser.post(path + "?from=names", form, headers=HTMX)
        assert response["HX-Redirect"] == f"/placements/runs/{ImportRun.objects.get().pk}/"
        assert response["HX-Trigger"] == '{"accepted": {"value": "map-names"}}'


class TestTwoPeople:
    """A mapping is not saved over one that the saver has not seen."""

    def test_the_second_to_save_is_told_with_both_versions_and_loses_nothing(self, browser: Browser) -> None:
        dry_run(browser, upload(browser), name="Monthly")
        other = signed_in("supervisor", first_name="Ann", last_name="Lee")
        found = upload(browser)
        path = f"/placements/files/{found.pk}/"
        mine = typed(browser.get(path).content.decode())
        dry_run(other, upload(browser), **{"city.source": "constant", "city.text": "Troy"})
        before = ImportRun.objects.count()

        response = browser.post(path, mine | {"expect_rows": "2"}, headers=HTMX)
        said = text_of(response)
        assert response.status_code == 409
        assert "Ann Lee saved a mapping called “monthly” on" in said
        assert "City fixed value Troy column City" in said
        assert ImportRun.objects.count() == before
        assert Mapping.objects.get().definition["fields"]["city"] == {"constant": "Troy"}
        whole = typed(browser.post(path, mine | {"expect_rows": "2"}).content.decode())
        assert (whole["expect_rows"], whole["city.source"], whole["replaces"]) == (
            "2",
            "column:City",
            mine["replaces"],
        )

        browser.post(path, mine | {"replace": whole["replace"]}, headers=HTMX)
        assert Mapping.objects.get().definition["fields"]["city"] == {"column": "City"}

    def test_a_third_version_saved_while_the_warning_stood_is_told_again(self, browser: Browser) -> None:
        dry_run(browser, upload(browser), name="Monthly")
        path = f"/placements/files/{upload(browser).pk}/"
        mine = typed(browser.get(path).content.decode())
        warned = {}
        for city in ("Troy", "Utica"):
            dry_run(browser, upload(browser), **{"city.source": "constant", "city.text": city})
            response = browser.post(path, mine | warned)
            assert f"City fixed value {city} column City" in text_of(response)
            warned = {"replace": typed(response.content.decode())["replace"]}

    def test_a_name_that_is_taken_is_not_overwritten_by_another_start(self, browser: Browser) -> None:
        dry_run(browser, upload(browser), name="Monthly")
        path = f"/placements/files/{upload(browser).pk}/"
        form = typed(browser.get(f"{path}?from=names").content.decode())
        changes = {"name": "monthly", "city.source": ""}
        assert browser.post(path, form | changes, headers=HTMX).status_code == 409
        assert browser.post(path, form | changes | {"name": "yearly"}, headers=HTMX).status_code == 200
        assert sorted(Mapping.objects.values_list("name", flat=True)) == ["monthly", "yearly"]

    def test_a_new_mapping_is_offered_a_name_that_is_free(self, browser: Browser) -> None:
        dry_run(browser, upload(browser))
        form = typed(browser.get(f"/placements/files/{upload(browser).pk}/?from=names").content.decode())
        assert (form["name"], form["replaces"]) == ("acme-supply-2", "")

    def test_ones_own_last_run_is_mended_under_its_name_without_a_word(self, browser: Browser) -> None:
        found = upload(browser)
        dry_run(browser, found, name="Monthly")
        dry_run(browser, found, **{"city.source": "constant", "city.text": "Troy"})
        assert Mapping.objects.get().definition["fields"]["city"] == {"constant": "Troy"}


@pytest.mark.django_db(transaction=True)
class TestTheRun:
    @pytest.fixture(autouse=True)
    def no_broker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs.current_app, "send_task", lambda *args, **kwargs: None, raising=False)

    def work(self, run: ImportRun) -> None:
        runs.perform(run_id=run.pk, clock=timezone.now)

    def test_from_dry_run_to_load_to_undo(self, browser: Browser) -> None:
        run = dry_run(browser, upload(browser), expect_rows="2", expect_amount="30.00")
        waiting = browser.get(f"/placements/runs/{run.pk}/").content.decode()
        assert 'hx-trigger="every 1s"' in waiting
        self.work(run)
        page = browser.get(f"/placements/runs/{run.pk}/")
        assert 'hx-trigger="every 1s"' not in page.content.decode()
        said = text_of(page)
        assert "1 of 2 rows would be loaded." in said
        assert "3 ZIP 'nowhere' is no ZIP code" in said
        assert "Load 1 account" in said
        assert not Account.objects.exists()

        browser.post(f"/placements/runs/{run.pk}/load/")
        load = ImportRun.objects.get(dry_run=False)
        self.work(load)
        placement = Placement.objects.get()
        assert f"1 accounts were loaded as {placement.batch}" in text_of(
            browser.get(f"/placements/runs/{load.pk}/")
        )
        rejects = b"".join(browser.get(f"/placements/runs/{load.pk}/rejects/").streaming_content)
        assert rejects.decode().splitlines()[1].startswith('"00018","Bolt","2 Main St"')

        Note.objects.create(
            account=Account.objects.get(), at=timezone.now(), text="Called", by=make.make_user()
        )
        refused = browser.post(f"/placements/{placement.pk}/undo/", follow=True)
        assert f"{placement.batch} was worked since" in text_of(refused)
        Note.objects.all().delete()
        undone = browser.post(f"/placements/{placement.pk}/undo/", follow=True)
        assert f"{placement.batch} is taken back." in text_of(undone)

    def test_a_fault_of_many_rows_is_told_once_with_its_first_lines(self, browser: Browser) -> None:
        bad = [f"{n:05d},Acme,1 Main St,Albany,NY,nowhere,1.00,3/15/2026,Y" for n in range(8)]
        run = dry_run(browser, upload(browser, csv_file(HEADER, *ROWS, *bad)))
        self.work(run)
        said = text_of(browser.get(f"/placements/runs/{run.pk}/"))
        assert said.count("'nowhere' is no ZIP code") == 1
        assert "3, 4, 5, 6, 7 and 4 more ZIP 'nowhere' is no ZIP code" in said

    def test_missed_totals_show_both_figures_and_offer_no_load(self, browser: Browser) -> None:
        run = dry_run(browser, upload(browser), expect_amount="31.00")
        self.work(run)
        said = text_of(browser.get(f"/placements/runs/{run.pk}/"))
        assert "The control totals do not agree" in said
        assert "$30.00 $31.00 expected" in said
        assert "Load 1 account" not in said
        form = typed(browser.get(f"/placements/files/{run.upload_id}/").content.decode())
        assert form["expect_amount"] == "31.00"

    def test_a_run_whose_worker_is_gone_is_offered_again_and_no_longer_polled(self, browser: Browser) -> None:
        run = dry_run(browser, upload(browser))
        ImportRun.objects.update(status="running")
        page = browser.get(f"/placements/runs/{run.pk}/")
        assert "The worker that read this file is gone. Nothing was loaded." in text_of(page)
        assert "every 1s" not in page.content.decode()
        assert "Stands still" in text_of(browser.get("/placements/"))
        browser.post(f"/placements/runs/{run.pk}/restart/")
        run.refresh_from_db()
        assert run.status == "waiting"
        browser.post(f"/placements/runs/{run.pk}/cancel/")
        run.refresh_from_db()
        assert run.status == "cancelled"

    def test_a_swapped_result_is_the_result_of_the_full_page(self, browser: Browser) -> None:
        run = dry_run(browser, upload(browser))
        self.work(run)
        path = f"/placements/runs/{run.pk}/"
        part = text_of(browser.get(path, headers=HTMX)).strip()
        assert "1 of 2 rows would be loaded." in part
        assert part in text_of(browser.get(path))


def test_the_list_costs_the_same_with_one_of_each_and_with_three(browser: Browser) -> None:
    client, counts = make.make_client("acme-supply"), []
    for rows in (1, 2):
        for _ in range(rows):
            make.make_placement(client)
            upload(browser)
            dry_run(browser, upload(browser))
            dry_run(browser, upload(browser))
            ImportRun.objects.filter(pk=ImportRun.objects.latest("pk").pk).update(status="running")
        with CaptureQueriesContext(connection) as captured:
            said = text_of(browser.get("/placements/"))
        counts.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))
    assert said.count("Columns to be mapped") == 3
    assert said.count("Stands still") == 3
    assert counts == [10, 10]


def test_files_runs_and_placements_of_another_team_are_not_there(browser: Browser) -> None:
    found = upload(browser)
    run, placement = dry_run(browser, found), make.make_placement(found.client)
    team = make.make_team("Elsewhere", "elsewhere")
    stranger = signed_in("supervisor", team=team)
    paths = (f"files/{found.pk}/", f"runs/{run.pk}/", f"runs/{run.pk}/rejects/", f"{placement.pk}/")
    assert [stranger.get(f"/placements/{path}").status_code for path in paths] == [404] * 4
    posts = ("cancel", "restart", "load")
    assert [stranger.post(f"/placements/runs/{run.pk}/{verb}/").status_code for verb in posts] == [404] * 3
    assert stranger.post(f"/placements/{placement.pk}/undo/").status_code == 404
    assert "march.csv" not in text_of(stranger.get("/placements/"))


def test_a_rep_may_not_load(browser: Browser) -> None:
    found = upload(browser)
    rep = signed_in("rep")
    paths = ("/placements/new/", f"/placements/files/{found.pk}/")
    assert [rep.get(path).status_code for path in paths] == [403, 403]


def test_a_lapsed_session_keeps_what_was_typed(browser: Browser) -> None:
    found = upload(browser)
    response = Browser().post(f"/placements/files/{found.pk}/", {"name": "x"}, headers=HTMX)
    assert (response.status_code, response["HX-Trigger"]) == (401, "session-lapsed")
