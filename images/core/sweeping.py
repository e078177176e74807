"""The one way through many rows of many tenants: a row that cannot be got through is pushed away, logged and counted,
and those behind it go on.

Pushed away *before* it is tried, so that a row that ends the process does not meet the next one at once. Rows with
columns for it (a moment and a number of failures) are pushed by their own claim and go through `attempt`; for all
others `each` keeps a `Setback`. What keeps the console from writing at all (database_trouble.py) is no row's fault: it
ends the sweep.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from images.core import clock
from images.core.backoff import MOST, SWEEPS
from images.core.database_trouble import unwell
from images.core.metrics import ROW_FAULTS
from images.core.models.setback import Setback

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")
#: A setback of which nobody has heard for so long is forgotten.
KEPT = timedelta(days=2)
#: What people read of a row that the console stumbled over.
FAULT = "The console failed on this; its log says why."


@dataclass(frozen=True, slots=True)
class Attempt(Generic[R]):
    """What came of one row: a result, or the fault that was logged already."""

    result: R | None = None
    fault: Exception | None = None


def attempt(sweep: str, row: object, work: Callable[[], R]) -> Attempt[R]:
    """Tries one row whose next time has been moved already. Raises only what keeps the console from writing at all.

    `work` keeps its changes in a transaction of its own.
    """
    try:
        return Attempt(work())
    except Exception as error:
        if unwell(error):
            raise
        logger.exception("%s: %s is put off", sweep, row)
        ROW_FAULTS.labels(sweep, type(error).__name__).inc()
        return Attempt(fault=error)


def each(sweep: str, rows: Iterable[T], work: Callable[[T], R], *, name: Callable[[T], object] = str) -> list[R]:
    """The results of the rows that were got through; those that were set back before come last, when their time has
    come. `name` names a row within the sweep, the same each time."""
    known = {one.row: one for one in Setback.objects.filter(sweep=sweep)}
    waiting = [(str(name(row))[:80], row) for row in rows]
    waiting.sort(key=lambda one: known[one[0]].failures if one[0] in known else 0)
    results: list[R] = []
    for called, row in waiting:
        before = known.get(called)
        if before is not None and before.next_at > clock.now():
            continue
        _push(sweep, {called: before.failures if before else 0})
        tried = attempt(sweep, called, partial(work, row))
        mine = Setback.objects.filter(sweep=sweep, row=called)
        if tried.fault is None:
            mine.delete()
            results.append(tried.result)  # type: ignore[arg-type] # there is one where there is no fault
        else:
            mine.update(error=fault_text(tried.fault))
    if known:
        _forget_old(sweep)
    return results


def together(sweep: str, rows: Sequence[T], work: Callable[[list[T]], R]) -> list[R]:
    """As `each`, for work that takes many rows at once; when that fails, or ended a process, they go one by one."""
    known = {one.row for one in Setback.objects.filter(sweep=sweep, row__in=list(map(str, rows)))}
    whole = [row for row in rows if str(row) not in known]
    results: list[R] = []
    if whole:
        _push(sweep, {str(row): 0 for row in whole})
        tried = attempt(sweep, f"{len(whole)} at once", lambda: work(whole))
        Setback.objects.filter(sweep=sweep, row__in=list(map(str, whole))).delete()
        if tried.fault is None:
            results.append(tried.result)  # type: ignore[arg-type] # there is one where there is no fault
            rows = [row for row in rows if str(row) in known]
    return results + (each(sweep, rows, lambda row: work([row])) if rows else [])


def fault_text(error: Exception) -> str:
    """For a text column: on any database, and not endless."""
    said = f"{type(error).__name__}: {error}"[:1000]
    return said.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _push(sweep: str, failures: Mapping[str, int]) -> None:
    """`failures`: of each row so far."""
    now = clock.now()
    Setback.objects.bulk_create(
        [_setback(sweep, row, min(before + 1, MOST), now) for row, before in failures.items()],
        batch_size=200,
        update_conflicts=True,
        unique_fields=["sweep", "row"],
        update_fields=["failures", "next_at"],
    )


def _setback(sweep: str, row: str, failures: int, now: datetime) -> Setback:
    later = now + timedelta(seconds=SWEEPS.pause(failures))
    return Setback(sweep=sweep, row=row, failures=failures, next_at=later)


def _forget_old(sweep: str) -> None:
    """Of rows that nobody has tried for long: they are gone, or somebody else got through them."""
    Setback.objects.filter(sweep=sweep, next_at__lt=clock.now() - KEPT).delete()
