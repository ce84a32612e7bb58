"""Makes debtors/data/us_zip_zones.tsv.gz from the `zipcodes` package (MIT).

    python tools/make_us_zip_zones.py

The package parses a large bz2 JSON (0.7 s); the table it makes here loads in a tenth of that. One line a ZIP: zip, kind
(S standard, P boxes, U unique, M military), active, state, city, zone, area codes joined by commas. Zones that `zoneinfo`
does not know (blank, "Napakiak") are written blank: unknown.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from zoneinfo import ZoneInfo

import zipcodes

TARGET = Path(__file__).resolve().parent.parent / "debtors" / "data" / "us_zip_zones.tsv.gz"


def known(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError):
        return ""


def main() -> None:
    zones: dict[str, str] = {}
    lines = []
    for row in sorted(zipcodes.list_all(), key=lambda row: row["zip_code"]):  # type: ignore[no-untyped-call]
        zone = zones.setdefault(row["timezone"], known(row["timezone"]))
        active = "1" if row["active"] else "0"
        codes = ",".join(row["area_codes"])
        lines.append(
            "\t".join(
                (row["zip_code"], row["zip_code_type"][0], active, row["state"], row["city"], zone, codes)
            )
        )
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    main()
