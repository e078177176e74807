"""A row that cannot be got through is pushed away, told and counted; those behind it go on."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.utils import timezone
from prometheus_client import REGISTRY

from images.core import sweeping
from images.core.backoff import MOST, SWEEPS
from images.core.database_trouble import Unwell, unwell
from images.core.models.setback import Setback

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]


def counted(sweep: str, error: str) -> float:
    return REGISTRY.get_sample_value("console_row_faults_total", {"sweep": sweep, "error": error}) or 0.0


def in_time(seconds: float = 0.0) -> None:
    """Time passes for what was put off."""
    Setback.objects.update(next_at=timezone.now() - timedelta(seconds=1))


POISONS = [
    OverflowError("34 Numerical result out of range"),
    IntegrityError("CHECK constraint failed"),
    DatabaseError("smallint out of range"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    KeyError("nonsense"),
    RecursionError(),
    MemoryError(),
]


@pytest.mark.parametrize("poison", POISONS, ids=lambda one: type(one).__name__)
def test_a_bad_row_is_pushed_away_and_the_others_go_on(poison, caplog):
    met = []

    def work(row: int) -> int:
        met.append(row)
        if row == 2:
            raise poison
        return row

    before = counted("t", type(poison).__name__)
    assert sweeping.each("t", [1, 2, 3], work) == [1, 3]
    assert counted("t", type(poison).__name__) == before + 1
    assert "t: 2 is put off" in caplog.text
    held = Setback.objects.get()
    assert (held.row, held.failures) == ("2", 1)
    assert held.next_at > timezone.now()
    assert type(poison).__name__ in held.error
    assert sweeping.each("t", [1, 2, 3], work) == [1, 3]
    assert met == [1, 2, 3, 1, 3], "its time has not come"
    in_time()
    assert sweeping.each("t", [1, 2, 3], work) == [1, 3]
    assert met[-3:] == [1, 3, 2], "what was set back comes last"
    assert Setback.objects.get().failures == 2


def test_a_row_that_goes_well_is_forgotten():
    Setback.objects.create(sweep="t", row="2", failures=MOST, next_at=timezone.now() - timedelta(seconds=1))
    assert sweeping.each("t", [1, 2], lambda row: row) == [1, 2]
    assert not Setback.objects.exists()


def test_however_often_it_failed_it_is_pushed_no_further_than_the_limit():
    Setback.objects.create(sweep="t", row="2", failures=MOST, next_at=timezone.now() - timedelta(seconds=1))
    sweeping.each("t", [2], _fails)
    held = Setback.objects.get()
    assert held.failures == MOST
    assert held.next_at <= timezone.now() + timedelta(seconds=SWEEPS.longest)


def test_a_row_is_pushed_away_before_it_is_tried():
    """Whoever it kills does not meet it again at once."""

    def dies(_row: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweeping.each("t", [1], dies)
    assert Setback.objects.get().next_at > timezone.now()
    met = []
    sweeping.each("t", [1, 2], met.append)
    assert met == [2]


def test_many_at_once_fall_apart_when_one_of_them_is_bad():
    calls = []

    def work(rows: list[int]) -> int:
        calls.append(rows)
        if 2 in rows:
            raise ValueError("two")
        return len(rows)

    assert sum(sweeping.together("t", [1, 2, 3], work)) == 2
    assert calls == [[1, 2, 3], [1], [2], [3]]
    calls.clear()
    assert sum(sweeping.together("t", [1, 2, 3], work)) == 2
    assert calls == [[1, 3]], "the bad one waits"


@pytest.mark.parametrize("error", [OperationalError("x"), DatabaseError("x")])
def test_what_keeps_the_console_from_writing_is_no_rows_fault(error):
    class Full(Exception):
        pass

    cause = OSError(28, "No space left on device")

    def work(_row: int) -> None:
        raise error from cause

    with pytest.raises(type(error)):
        sweeping.each("t", [1, 2], work)


def test_unwell_knows_a_full_disk_and_a_file_that_must_not_grow():
    assert unwell(OSError(28, "x")) is Unwell.FULL
    assert unwell(OSError(27, "x")) is Unwell.FULL
    assert unwell(OSError(2, "x")) is None
    assert unwell(ValueError("x")) is None


def test_words_can_be_stored_on_any_database():
    said = sweeping.fault_text(ValueError("a\0b\ud800c" + "x" * 5000))
    Setback.objects.create(sweep="t", row="1", failures=1, next_at=timezone.now(), error=said)
    assert Setback.objects.get().error == said
    assert len(said) <= 1000


def _fails(_row: int) -> None:
    raise ValueError("no")
