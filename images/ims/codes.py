"""Error codes of appendix B of the API reference: what each means and what to do about it, as data.

The table lies beside this module in error_codes.csv: status, code, message, description and handling measure as the
reference prints them. Messages that a service sends may differ from it; never compare with them.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

#: What to do when there is no code, by status (appendix A has the statuses, the measures are ours).
MEASURES_BY_STATUS: Final = MappingProxyType(
    {
        400: "Correct the values named in the message and try again.",
        401: "Check user and password, or the access key, and that the account may enter this project.",
        403: "Ask the administrator of the account for the permission that this action needs; the page of accounts has"
        " a policy to copy.",
        404: "It may have been deleted meanwhile, or it belongs to another project. Synchronise and look again.",
        405: "The service does not offer this action.",
        409: "Somebody else is changing the same thing at this moment. Reload, then try again.",
        413: "The service does not accept so much data at once.",
        429: "Wait a little, then try again.",
        500: "Try again later. If it goes on, contact the support of the cloud with the request ID.",
        501: "The service does not offer this action.",
        502: "Try again later. If it goes on, contact the support of the cloud with the request ID.",
        503: "The service is overloaded or under maintenance. Try again later.",
        504: "The service took too long inside. Look whether the action took effect before repeating it.",
    }
)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of appendix B. `status` is the HTTP status it comes with; `measure` is what the reader should do."""

    code: str
    status: int
    message: str
    meaning: str
    measure: str


@cache
def catalogue() -> MappingProxyType[str, ErrorCode]:
    """All codes by name ("IMG.0001"), in the order of appendix B. Read once a process."""
    text = files(__package__).joinpath("error_codes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType(
        {
            row["code"]: ErrorCode(
                code=row["code"],
                status=int(row["status"]),
                message=row["message"],
                meaning=row["description"],
                measure=row["handling"],
            )
            for row in rows
        }
    )


def lookup(code: str) -> ErrorCode | None:
    """The row of a code, or None when appendix B does not know it (services add codes)."""
    return catalogue().get(code)


def measure_for(code: str, status: int) -> str:
    """What to do about a failure: the measure of its code, else one that fits its status; never empty. Of a 403 both:
    that of IMG.0026 is technical support, which cannot grant what an administrator withholds."""
    row = lookup(code)
    if row is not None and row.measure:
        return f"{MEASURES_BY_STATUS[403]} {row.measure}" if 403 in (status, row.status) else row.measure
    return MEASURES_BY_STATUS.get(status, MEASURES_BY_STATUS[500 if status >= 500 else 400])
