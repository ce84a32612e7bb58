"""Takes the pictures of the tour from a running demo: each page on a desk, and the workspace in the dark and on a phone.

.venv/bin/python docs/screenshots.py [--address http://127.0.0.1:8000] [--out docs/images] [--chromium /usr/bin/chromium]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from shutil import which

from playwright.sync_api import Browser, Error, Page, sync_playwright

PAGES = {
    "my-day": ("rep", "/"),
    "queue": ("rep", "/queues/"),
    "workspace": ("rep", ""),
    "supervisor-day": ("supervisor", "/"),
    "escalations": ("supervisor", "/escalations/"),
    "placements": ("supervisor", "/placements/"),
    "letters": ("supervisor", "/letters/?status=handed_over"),
    "strategies": ("supervisor", "/strategies/"),
    "reports": ("supervisor", "/reports/"),
    "payments": ("poster", "/payments/"),
    "admin": ("admin", "/admin/"),
}
DESK, PHONE = (1440, 900), (390, 844)
LOOKS = {"": (DESK, "light"), "-dark": (DESK, "dark"), "-phone": (PHONE, "light")}
ON_EVERY_LOOK = "workspace"


def sign_in(page: Page, address: str, username: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("#id_username", username)
    page.fill("#id_password", "demo")
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/")


def workspace_of(page: Page, address: str) -> str:
    """The first account of the queue, without taking it."""
    page.goto(f"{address}/queues/")
    link = page.locator("tbody a[href^='/accounts/']").first
    return str(link.get_attribute("href"))


def shoot(browser: Browser, address: str, out: Path) -> None:
    for username in dict.fromkeys(who for who, _ in PAGES.values()):
        context = browser.new_context(reduced_motion="reduce")
        page = context.new_page()
        sign_in(page, address, username)
        for name, (who, path) in PAGES.items():
            if who != username:
                continue
            page.goto(address + (path or workspace_of(page, address)))
            for suffix, ((width, height), theme) in LOOKS.items():
                if suffix and name != ON_EVERY_LOOK:
                    continue
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                page.wait_for_load_state("networkidle")
                page.screenshot(path=out / f"{name}{suffix}.jpg", type="jpeg", quality=70)
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    sys.stderr.write(f"{name} is {wide} pixels wide at {width}\n")
        context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument(
        "--chromium", default=which("chromium") or which("chromium-browser") or which("google-chrome")
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
            shoot(browser, options.address.rstrip("/"), options.out)
            browser.close()
    except Error as error:
        sys.stderr.write(
            f"No pictures: {error.message.splitlines()[0]} Is `make demo` running at {options.address}?\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
