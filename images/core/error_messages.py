"""What a failure means and what to do about it, for screens: by its code (appendix B) or else by its status (A)."""

import re
from dataclasses import dataclass

from images.ims import ResponseError, lookup
from images.ims.codes import measure_for

#: Room for a code where one is kept.
_LONGEST = 40
#: Behind a code that says nothing by itself, or in its place: the status that it came with.
_STATUS = re.compile(r"(?:^| )HTTP (\d{3})$")


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """`code` "" when there is none; `measure` is what the reader can do. `request_id` is the service's own: its support
    asks for it."""

    code: str
    sentence: str
    meaning: str
    measure: str
    request_id: str = ""


def code_of(error: BaseException) -> str:
    """What is kept of an error so that its measure can be told later: its code, and its status where appendix B does
    not know the code or there is none ("HTTP 403"); "" for neither."""
    code = str(getattr(error, "code", "") or "")
    if isinstance(error, ResponseError) and lookup(code) is None:
        return f"{code[: _LONGEST - len(' HTTP 403')]} HTTP {error.status}".strip()
    return code[:_LONGEST]


def error_message(code: str, sentence: str, request_id: str = "") -> ErrorMessage | None:
    """`code` as `code_of` gave it. None when nothing went wrong."""
    if not code and not sentence:
        return None
    known, kept = lookup(code), _STATUS.search(code)
    status = known.status if known else int(kept[1]) if kept else 0
    return ErrorMessage(
        code=code if known else "",
        sentence=sentence,
        meaning=known.meaning if known else "",
        measure=measure_for(code, status) if status else "",
        request_id=request_id,
    )


def failure_of(error: Exception) -> ErrorMessage:
    """Of an error that has just come: with the measure of its kind where it has neither code nor status."""
    told = error_message(code_of(error), str(error), str(getattr(error, "request_id", "") or ""))
    if told is None or not told.measure:
        measure = str(getattr(error, "measure", "") or "")
        return ErrorMessage("", str(error), "", measure, told.request_id if told else "")
    return told
