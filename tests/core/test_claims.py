"""The claim of a due row: one has it, and whoever was slow or died changes nothing."""

from datetime import timedelta

import pytest

from images.core import backoff, clock
from images.core.claims import claim, held
from images.quotas.models import QuotaState
from tests import factories

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]
LEASE = timedelta(seconds=120)


@pytest.fixture
def rows():
    """Three that are due, the last one first."""
    now = clock.now()
    return [
        QuotaState.objects.create(project=factories.project(f"p{number}"), next_at=now - timedelta(seconds=number + 1))
        for number in range(3)
    ]


def take(most: int = 10, **more) -> list[QuotaState]:
    return claim(QuotaState.objects.all(), most, lease=LEASE, counter="failures", **more)


def test_the_longest_due_first_and_nobody_has_them_twice(rows):
    assert [row.pk for row in take(2)] == [rows[2].pk, rows[1].pk]
    assert [row.pk for row in take()] == [rows[0].pk]
    assert take() == []


def test_the_try_is_counted_before_it_is_made(rows):
    (row, *_others) = take(error="being asked")
    as_written = QuotaState.objects.get(pk=row.pk)
    assert (as_written.failures, as_written.error, as_written.next_at) == (1, "being asked", row.next_at)
    assert (row.failures, row.error) == (1, "being asked")
    assert row.next_at >= clock.now() + LEASE - timedelta(seconds=5)


def test_what_failed_often_waits_for_longer(rows):
    QuotaState.objects.update(failures=30)
    patient = backoff.Backoff(first=1.0, longest=7200.0, least=7200.0)
    assert all(row.next_at > clock.now() + timedelta(seconds=7000) for row in take(backoff=patient))


def test_the_counter_stands_still_where_the_column_ends(rows):
    QuotaState.objects.update(failures=backoff.MOST)
    assert {row.failures for row in take()} == {backoff.MOST}


def test_who_was_faster_has_it(rows):
    """Both have read the same rows; the other's claim comes between our reading and our writing."""
    slow = QuotaState.objects.all()
    taken: list[QuotaState] = []

    class Slow(type(slow)):
        def __getitem__(self, number):
            read = list(super().__getitem__(number))
            taken.extend(take())
            return read

    slow.__class__ = Slow
    assert claim(slow, 10, lease=LEASE, counter="failures") == []
    assert len(taken) == 3


def test_whoever_was_thought_dead_writes_nothing(rows):
    (mine,) = take(1)
    assert held(mine).update(error="mine") == 1
    QuotaState.objects.filter(pk=mine.pk).update(next_at=clock.now() - timedelta(seconds=1))  # its claim has run out
    theirs = next(row for row in take() if row.pk == mine.pk)
    assert held(mine).update(error="too late") == 0
    assert held(theirs).update(error="theirs") == 1
