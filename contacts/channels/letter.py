"""Letters: the PDF goes to storage, from where a print batch takes it. Doing it twice gives the same file."""

from __future__ import annotations

import hashlib
from datetime import datetime
from types import TracebackType
from typing import Self

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from contacts.channels.base import Answer, Handed
from contacts.letters import LetterFailed, letter_pdf
from contacts.models import Message


class LetterAdapter:
    repeatable = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def hand_over(self, message: Message, at: datetime) -> Handed:
        try:
            pdf, pages = letter_pdf(message)
            name = store(message, pdf, at)
        except LetterFailed as error:
            return Handed(Answer.REJECTED, str(error))
        except OSError as error:
            return Handed(Answer.TRY_LATER, f"The letter could not be stored: {error}")
        return Handed(Answer.TAKEN, provider_id=name, file_name=name, pages=pages)


def store(message: Message, pdf: bytes, at: datetime) -> str:
    """Under a name made from the key: a repetition replaces its own file and no other."""
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:24]
    name = f"letters/{at:%Y/%m/%d}/{digest}.pdf"
    if default_storage.exists(name):
        default_storage.delete(name)
    return default_storage.save(name, ContentFile(pdf))
