"""Walking the whole chain and naming what is wrong with it, and where. Some bytes of memory however long it is.

A row is held against three things: its stamp (what it says), its place (numbers without gaps), and its digest (what
came before it). Which of them fails tells what was done to it; docs/audit.md has the table.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from images.audit.models import AuditEntry, AuditHead
from images.audit.services.sealing import UnknownKey, digest_of, is_end, is_genuine

#: Rows fetched at once.
_CHUNK = 2_000
#: After so many findings the rest would tell nothing new.
MOST = 200


class Fault(StrEnum):
    REMOVED = "removed"
    ALTERED = "altered"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut off at the end"
    END = "end of the chain altered"
    KEY = "key missing"
    EXPECTED = "not what was expected"


@dataclass(frozen=True, slots=True)
class Finding:
    """`number`: the place in the chain; 0: none (not sealed, or the end itself)."""

    fault: Fault
    number: int
    sentence: str


@dataclass
class Report:
    """What a walk came to. `number` and `digest`: the end that was found; `truncated`: it stopped before that."""

    checked: int = 0
    unsealed: int = 0
    number: int = 0
    digest: str = ""
    truncated: bool = False

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass
class _Walk:
    report: Report
    #: Digest of the row before; "" at the start; None: it is missing, so nothing can be said of the next one.
    previous: str | None = ""
    #: Place that the next row should have.
    place: int = 1


def verify(report: Report, *, expect: str = "") -> Iterator[Finding]:
    """Findings as they come, the first 200; what was walked is in `report` afterwards.

    `expect`: an end ("NUMBER:DIGEST") that an earlier verification printed; the chain has to contain it still.
    """
    number, _colon, digest = expect.partition(":")
    walk = _Walk(report)
    for count, finding in enumerate(_findings(walk, int(number or 0), digest), start=1):
        yield finding
        if count == MOST:
            report.truncated = True
            return


def _findings(walk: _Walk, expected: int, digest: str) -> Iterator[Finding]:
    met = not expected
    sealed = AuditEntry.objects.exclude(number=None).order_by("number")
    for before, entry, after in _neighbours(sealed.iterator(chunk_size=_CHUNK)):
        yield from _of(walk, before, entry, after)
        if entry.number == expected:
            met = hmac.compare_digest(entry.digest, digest)
    yield from _of_the_end(walk)
    for entry in AuditEntry.objects.filter(number=None).order_by("pk").iterator(chunk_size=_CHUNK):
        walk.report.unsealed += 1
        if not is_genuine(entry):
            sentence = _("The row with id %(id)d is not sealed and was not written by this console.")
            yield Finding(Fault.INSERTED, 0, sentence % {"id": entry.pk})
    if not met:
        sentence = _("Place %(n)d is not as it was when its digest was noted.")
        yield Finding(Fault.EXPECTED, expected, sentence % {"n": expected})


def _neighbours(
    entries: Iterator[AuditEntry],
) -> Iterator[tuple[AuditEntry | None, AuditEntry, AuditEntry | None]]:
    """Each with the one before and the one after it."""
    before: AuditEntry | None = None
    here: AuditEntry | None = None
    for entry in entries:
        if here is not None:
            yield before, here, entry
        before, here = here, entry
    if here is not None:
        yield before, here, None


def _of(walk: _Walk, before: AuditEntry | None, entry: AuditEntry, after: AuditEntry | None) -> Iterator[Finding]:
    number = entry.number or 0
    walk.report.checked += 1
    if number > walk.place:
        last = number - 1
        sentence = _("Place %(n)d is missing.") if last == walk.place else _("Places %(n)d to %(last)d are missing.")
        yield Finding(Fault.REMOVED, walk.place, sentence % {"n": walk.place, "last": last})
        walk.previous = None
    try:
        linked = walk.previous is None or _is_linked(entry, walk.previous)
        genuine = is_genuine_or_raise(entry)
    except UnknownKey as missing:
        sentence = _("Place %(n)d is sealed with key %(mark)s, which is not among AUDIT_KEYS.")
        yield Finding(Fault.KEY, number, sentence % {"n": number, "mark": missing})
    else:
        if not (linked and genuine):
            yield _classified(entry, before, after, linked=linked)
    walk.previous, walk.place = entry.digest, number + 1
    walk.report.number, walk.report.digest = number, entry.digest


def is_genuine_or_raise(entry: AuditEntry) -> bool:
    """As sealing.is_genuine, but a key that is not there is not a forgery. Raises UnknownKey."""
    if entry.stamp.count(":") == 1:
        digest_of("", 0, 0, "", mark=entry.stamp.partition(":")[0])
    return is_genuine(entry)


def _is_linked(entry: AuditEntry, previous: str, *, number: int | None = None) -> bool:
    """Whether this row, at its place (or at `number`), follows what has the digest `previous`. Raises UnknownKey."""
    if entry.digest.count(":") != 1:
        return False
    place = entry.number or 0 if number is None else number
    made = digest_of(previous, place, entry.pk, entry.stamp, mark=entry.digest.partition(":")[0])
    return hmac.compare_digest(made, entry.digest)


def _classified(entry: AuditEntry, before: AuditEntry | None, after: AuditEntry | None, *, linked: bool) -> Finding:
    """What a row with a wrong stamp or a broken link was. One that says what it always said has been moved; one whose
    successor still builds on it has been altered; one that nothing builds on was put in."""
    number = entry.number or 0
    names = {"n": number, "id": entry.pk}
    if linked:
        return Finding(
            Fault.ALTERED, number, _("The entry at place %(n)d (id %(id)d) says something else now.") % names
        )
    if is_genuine(entry):
        sentence = _(
            "The entry at place %(n)d (id %(id)d) is genuine, but not at its place: it or one before it was moved."
        )
        return Finding(Fault.REORDERED, number, sentence % names)
    if after is not None and (after.number or 0) == number + 1 and _builds_on(after, entry):
        return Finding(
            Fault.ALTERED, number, _("The entry at place %(n)d (id %(id)d) says something else now.") % names
        )
    sentence = _("The entry at place %(n)d (id %(id)d) was put in by something else than this console.")
    return Finding(Fault.INSERTED, number, sentence % names)


def _builds_on(after: AuditEntry, entry: AuditEntry) -> bool:
    try:
        return _is_linked(after, entry.digest)
    except UnknownKey:
        return False


def _of_the_end(walk: _Walk) -> Iterator[Finding]:
    head = AuditHead.objects.first()
    number = walk.report.number
    if head is None:
        if number:
            yield Finding(Fault.END, 0, _("The row that tells the end of the chain is missing."))
        return
    if not is_end(head):
        yield Finding(Fault.END, 0, _("The row that tells the end of the chain was not written by this console."))
    if head.number > number:
        sentence = _("The chain ended at place %(end)d and ends at place %(n)d now.")
        yield Finding(Fault.CUT_OFF, number + 1, sentence % {"end": head.number, "n": number})
    elif head.number < number:
        sentence = _("The chain ended at place %(end)d, but there are rows up to place %(n)d.")
        yield Finding(Fault.INSERTED, head.number + 1, sentence % {"end": head.number, "n": number})
    elif number and head.digest != walk.report.digest:
        sentence = _("The entry at the end, place %(n)d, is not the one that was sealed there.")
        yield Finding(Fault.ALTERED, number, sentence % {"n": number})
