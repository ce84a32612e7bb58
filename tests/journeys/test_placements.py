"""A supervisor loads a client's file in a real browser, with a real worker behind it, by keyboard where a choice is offered."""

from __future__ import annotations

from pathlib import Path

from django.contrib.sessions.models import Session

from accounts.models import Account, Placement
from exchange.models import ImportRun, Upload
from tests import factories as make
from tests.journeys.test_desk import page, pytestmark, sign_in  # noqa: F401  fixture and marks
from tests.worker import Worker, worker  # noqa: F401  a fixture

HEADER = "Invoice Number,Company,Street,City,ST,Zip Code,Amount Due,Due Date,Paper"
LINES = [f"{n:05d},Acme {n},1 Main St,Albany,NY,12207,10.00,3/15/2026,Y" for n in range(40)]


def test_a_file_is_mapped_tried_and_loaded_and_the_reader_may_leave_meanwhile(  # type: ignore[no-untyped-def]
    live_server,
    page,  # noqa: F811
    worker: Worker,  # noqa: F811
    tmp_path: Path,
) -> None:
    make.make_user("supervisor", username="sam")
    make.make_client("acme-supply", debt_type="commercial")
    good, broken = tmp_path / "march.csv", tmp_path / "broken.csv"
    good.write_text(
        "\n".join([HEADER, *LINES, "00099,Bolt,2 Main St,Albany,NY,nowhere,20.00,3/16/2026,N", ""])
    )
    broken.write_text('a,b\n"1,2\n')
    worker.start()
    sign_in(page, live_server.url, "sam")

    page.goto(f"{live_server.url}/placements/new/")
    page.select_option("#id_client", label="Acme-Supply Dental")
    page.set_input_files("#id_file", broken)
    page.click("text=Read the file")
    page.wait_for_selector("text=a quotation mark that is never closed")
    page.set_input_files("#id_file", good)
    page.focus("#id_file")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/placements/files/*/")

    # the sample follows the mapping as it is changed
    page.wait_for_selector("#sample >> text=These rows would be loaded")
    page.select_option("[name='zip.source']", "")
    page.wait_for_selector("#sample >> text=Still needed: ZIP")
    page.select_option("[name='zip.source']", label="Zip Code")
    page.wait_for_selector("#sample >> text=These rows would be loaded")
    page.fill("[name=expect_rows]", "41")
    page.keyboard.press("Enter")
    page.wait_for_url("**/placements/runs/*/")

    # the tab is closed, the run goes on
    run_page = page.url
    page.goto(f"{live_server.url}/placements/")
    page.wait_for_selector("text=40 would load, 1 rejected", timeout=60_000)
    page.goto(run_page)
    page.wait_for_selector("text='nowhere' is no ZIP code")
    page.click("text=Load 40 accounts")
    page.wait_for_selector("text=40 accounts were loaded", timeout=60_000)
    assert Account.objects.count() == 40
    assert Placement.objects.get().rows == ImportRun.objects.get(dry_run=False).result["loaded"] == 40

    page.click("text=Open the placement")
    page.click("text=Undo this placement")
    page.wait_for_selector("text=is taken back.")
    assert Placement.objects.get().status == "undone"


def test_a_session_that_lapses_over_a_mapping_loses_nothing(live_server, page, worker) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    make.make_user("supervisor", username="sam")
    make.make_client("acme-supply", debt_type="commercial")
    sign_in(page, live_server.url, "sam")
    page.goto(f"{live_server.url}/placements/new/")
    page.select_option("#id_client", label="Acme-Supply Dental")
    page.set_input_files(
        "#id_file", {"name": "a.csv", "mimeType": "text/csv", "buffer": f"{HEADER}\n{LINES[0]}\n".encode()}
    )
    page.click("text=Read the file")
    page.wait_for_url("**/placements/files/*/")
    page.wait_for_selector("#sample >> text=These rows would be loaded")
    page.wait_for_load_state("networkidle")
    Session.objects.all().delete()
    page.fill("[name=name]", "May file")
    page.wait_for_selector("#lapsed[open]")

    again = page.context.new_page()
    sign_in(again, live_server.url, "sam")
    page.click("#lapsed [data-close]")
    assert page.input_value("[name=name]") == "May file"
    page.click("#dry-run")
    page.wait_for_url("**/placements/runs/*/")
    assert Upload.objects.get().client.mappings.get().name == "may-file"
