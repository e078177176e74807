"""How texts are compared that people search by: a letter with a mark may be written as one character or as two.

macOS writes `ö` as `o` and a mark (NFD), most others as one character (NFC). What is shown and sent stays as the
service has it; this is for finding alone.
"""

import unicodedata
from functools import reduce
from operator import or_

from django.db.models import Q


def composed(text: str) -> str:
    """In one spelling, however it was written (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def searchable(text: str) -> str:
    """Without regard to case, too."""
    return composed(text).lower()


def spellings(text: str) -> tuple[str, ...]:
    """All that a text may be written as elsewhere, itself first: as it came, composed, decomposed."""
    if text.isascii():
        return (text,)
    return tuple(dict.fromkeys((text, composed(text), unicodedata.normalize("NFD", text))))


def containing(column: str, text: str) -> Q:
    """Rows whose column contains the text in any spelling, without regard to case."""
    return reduce(or_, (Q(**{f"{column}__icontains": one}) for one in spellings(text)))
