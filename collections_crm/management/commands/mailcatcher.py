from __future__ import annotations

import asyncio
import contextlib
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Folder:
    """Keeps every message as it came over the wire, named by the instant of its arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.count += 1
        instant = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        path = self.folder / f"{instant}-{self.count:06d}.eml"
        header = "".join(f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos)
        draft = path.with_suffix(".draft")
        draft.write_bytes(header.encode() + envelope.content)
        draft.rename(path)
        return "250 Message accepted"


class Command(BaseCommand):
    help = "Take every e-mail that is sent to it over SMTP and keep it as an .eml file; nothing is passed on."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.EMAIL_PORT)
        parser.add_argument("--folder", type=Path, default=settings.LOCAL / "mail")

    def handle(self, *args: Any, host: str, port: int, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            asyncio.run(self._serve(host, port, folder))
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error

    async def _serve(self, host: str, port: int, folder: Path) -> None:
        from aiosmtpd.smtp import SMTP

        loop = asyncio.get_running_loop()
        handler = Folder(folder)
        server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), host, port)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        self.stdout.write(f"Catching e-mail on {host}:{port} in {folder}")
        async with server:
            with contextlib.suppress(asyncio.CancelledError):
                await stopped.wait()
