"""Texts as cells of a spreadsheet: nothing in them runs, and what a spreadsheet would change comes back as it was."""

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

#: A spreadsheet takes a cell that begins with one of these for a formula (CWE-1236).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: "This is text as it stands"; one that belongs to the text is doubled.
APOSTROPHE: Final = "'"

#: The only numbers that every spreadsheet gives back as they were.
_PLAIN_NUMBER = re.compile(r"0|[1-9]\d{0,14}")
_LIKE_A_NUMBER = re.compile(r"[\d.,:/()$€£¥%\s+\-]*\d[\d.,:/()$€£¥%\s+\-eE]*(?:[ap]m?)?", re.IGNORECASE)
_LIKE_A_DAY = re.compile(
    r"(?=.*\d)\d{0,4}[\s./-]*(?:jan|feb|m[aäÄ]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*[\s.,/-]*[\d\s,/-]*",
    re.IGNORECASE,
)
_LIKE_A_TRUTH = re.compile(r"true|false", re.IGNORECASE)


def escape_formula(value: object) -> str:
    """As text that no spreadsheet runs: a leading apostrophe where a formula would begin."""
    text = "" if value is None else str(value)
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    return f"{APOSTROPHE}{text}" if text.startswith(FORMULA) else text


def lossless(text: str) -> str:
    """As text that comes back as it was when a spreadsheet has opened and saved it: `007`, `1.10`, `true`, `2-3`."""
    return f"{APOSTROPHE}{text}" if _would_change(text) else text


def unescape(cell: str) -> str:
    """What `guarded` or `lossless` wrote (`lossless` always: plain(lossless(x)) == x)."""
    return cell.removeprefix(APOSTROPHE)


class _Line:
    """What csv.writer writes to: gives the line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def line_writer() -> Callable[[Iterable[Any]], str]:
    """From cells to a line of CSV. One for each file: a writer is not to be shared between threads."""
    return csv.writer(_Line()).writerow


def _would_change(text: str) -> bool:
    if text.startswith((*FORMULA, APOSTROPHE)) or text != text.strip():
        return True
    if _PLAIN_NUMBER.fullmatch(text):
        return False
    return any(pattern.fullmatch(text) for pattern in (_LIKE_A_NUMBER, _LIKE_A_DAY, _LIKE_A_TRUTH))
