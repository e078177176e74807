"""Quotas are asked on schedule and after acts, kept for years by thinning, and people are told of a threshold once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from images.audit.models import AuditEntry
from images.core.encryption import SecretUnreadable
from images.ims.quotas import Quota
from images.notices.models import Notice
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Operation, OperationItem
from images.quotas.audit_events import QuotaEvent
from images.quotas.models import QuotaSample, QuotaState
from images.quotas.queries import quotas as reading
from images.quotas.rules.levels import level_of
from images.quotas.services import samples
from tests import factories
from tests.clouds.projects import project_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def heard(project, used: int, limit: int = 100) -> QuotaState:
    QuotaState.objects.get_or_create(project=project, defaults={"next_at": timezone.now()})
    samples.write(project, [Quota("image", used, limit, 0, 500)])
    return QuotaState.objects.get(project=project)


def test_a_service_that_is_away_marks_itself_and_nobody_else(db, cloud):
    there, away = project_of(cloud), factories.project()
    assert samples.sample_due() == 1
    good, bad = QuotaState.objects.get(project=there), QuotaState.objects.get(project=away)
    assert good.used is not None
    assert good.limit
    assert (good.error, good.failures) == ("", 0)
    assert QuotaSample.objects.get().used == good.used
    assert (bad.used, bad.failures) == (None, 1)
    assert bad.error
    assert bad.error_at is not None
    assert samples.sample_due() == 0  # nobody is due
    assert bad.next_at > timezone.now()


def test_an_asker_that_died_leaves_a_row_that_is_due_again(db, cloud):
    project = project_of(cloud)
    samples.watch()
    assert samples._claim() == [project]  # and here it was killed
    assert samples._claim() == []
    QuotaState.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert samples.sample_due() == 1


def test_what_was_known_stays_with_its_time(db):
    project = factories.project()
    heard(project, 40)
    for _time in range(2):
        QuotaState.objects.update(next_at=timezone.now() - timedelta(seconds=1))
        assert samples._claim() == [project]
        samples.write(project, SecretUnreadable("it is away"))
    state = QuotaState.objects.get()
    assert (state.used, state.error, state.failures) == (40, "it is away", 2)
    since = state.error_at
    samples.write(project, SecretUnreadable("still"))
    assert QuotaState.objects.get().error_at == since
    assert heard(project, 41).error == ""


@pytest.mark.parametrize(("kind", "due"), [(ActionKind.DELETE, True), (ActionKind.TAG, False)])
def test_an_act_that_moves_the_number_brings_the_next_look_forward(admin, kind, due):
    project = factories.project()
    heard(project, 40)
    now = timezone.now() + timedelta(seconds=1)
    operation = Operation.objects.create(
        kind=kind, actor=admin, project=project, summary="x", key=kind, total=1, done=1, state=OperationState.DONE,
        finished_at=now,
    )  # fmt: skip
    OperationItem.objects.create(
        operation=operation, position=0, project=project, image_name="x", state=ItemState.DONE, next_at=now,
        finished_at=now,
    )  # fmt: skip
    samples.watch()
    assert (QuotaState.objects.get().next_at <= timezone.now()) is due


def test_old_samples_are_thinned_and_the_last_of_each_time_stays(db):
    project = factories.project()
    moments = [NOW - timedelta(minutes=20 * number) for number in range(72 * 20)]  # 20 days
    moments += [NOW - timedelta(days=800, hours=6 * number) for number in range(80)]
    QuotaSample.objects.bulk_create([QuotaSample(project=project, at=at, used=1, limit=9) for at in moments])
    assert samples.thin(NOW) > 0
    kept = sorted(QuotaSample.objects.values_list("at", flat=True))
    young = [at for at in kept if at > NOW - timedelta(days=2)]
    hourly = [at for at in kept if NOW - timedelta(days=14) < at <= NOW - timedelta(days=2)]
    assert len(young) == 144
    assert len(hourly) in range(12 * 24, 12 * 24 + 2)
    assert all(at.minute == 40 for at in hourly[:-1])
    assert len([at for at in kept if NOW - timedelta(days=30) < at <= NOW - timedelta(days=14)]) in {6, 7}
    assert len([at for at in kept if at <= NOW - timedelta(days=730)]) in {3, 4}
    assert samples.thin(NOW) == 0


def test_each_crossing_is_told_once(db):
    project = factories.project()
    for used in (70, 81, 79, 80, 78, 96, 94, 96):
        heard(project, used)
    told = AuditEntry.objects.filter(event=QuotaEvent.CROSSED)
    assert told.count() == 2
    subjects = list(Notice.objects.filter(project=project).order_by("pk").values_list("subject", flat=True))
    assert subjects == [f"{project} is nearly full: 81 of 100 images", f"{project} is almost full: 96 of 100 images"]
    assert heard(project, 76).level == ""
    heard(project, 82)
    assert told.count() == 3


@pytest.mark.parametrize(
    ("percent", "before", "level"),
    [(79.9, "", ""), (80, "", "warning"), (77, "warning", "warning"), (76.9, "warning", ""), (None, "critical", ""),
     (95, "", "critical"), (92, "critical", "critical"), (91, "critical", "warning"), (120, "", "critical")],
)  # fmt: skip
def test_a_level_holds_until_it_is_clearly_left(percent, before, level):
    assert level_of(percent, before, warn=80, critical=95) == level


def test_a_course_holds_what_was_known_last(db):
    project = factories.project()
    for days, used in ((5, 10), (1, 30)):
        QuotaSample.objects.create(project=project, at=NOW - timedelta(days=days), used=used, limit=100)
    points = reading.history(project, NOW - timedelta(days=3), NOW)
    assert (points[0].used, points[-1].used) == (10, 30)
    assert reading.history(project, None, NOW)[0].at == NOW - timedelta(days=5)
    assert reading.history(factories.project("other"), None, NOW) == []


def test_the_sum_moves_only_by_what_moved(db):
    today = NOW.date()
    lines = []
    for name, trend, silent in (("a", [10, 12, 14], 0), ("b", [5], 0), ("c", [7, 8], 1)):
        project = factories.project(name)
        at = NOW - timedelta(days=silent)
        state = QuotaState.objects.create(project=project, used=trend[-1], limit=99, trend=trend, at=at, next_at=NOW)
        lines.append(reading.ProjectQuota(project, state))
    assert [used for _day, used in reading.total(lines, today)] == [22, 25, 27]


def test_standings_cost_one_query_however_many_there_are(admin, django_assert_num_queries):
    for number in range(12):
        heard(factories.project(f"p{number}"), number)
    with django_assert_num_queries(1):
        lines = reading.project_quotas(admin)
        assert [one.left for one in lines if one.project.region.name]
    assert len(lines) == 12


def test_what_several_projects_share_is_counted_once(admin):
    one, two, other = [factories.project(name) for name in ("one", "two", "other")]
    for project, used in ((one, 40), (two, 40), (other, 41)):
        heard(project, used)
    pools = reading.pools(reading.project_quotas(admin))
    assert sorted(sorted(line.project.name for line in pool) for pool in pools) == [["one", "two"], ["other"]]
