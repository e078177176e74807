"""Trends of tags: what is noted each day gives back what was there on each day, however it is put together later."""

from datetime import date, timedelta

import pytest

from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.tags.models.policy import TagTrend
from images.tags.queries.catalogue import catalogue
from images.tags.queries.trends import DAYS
from images.tags.services import trends
from images.tags.services.trends import sample, thin
from tests import factories
from tests.conftest import person
from tests.tags.test_policy import put

TODAY = date(2026, 11, 25)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def entries(user, key: str = "", today: date = TODAY):
    return {one.text: one for one in catalogue(index.current(), visible_projects_of(user), key, today)}


@pytest.fixture
def project(db):
    made = factories.project()
    put(made, ["env.prod", "tmp.a"], ["env.prod"], ["env.test"])
    sample(ago(20))
    return made


def test_the_first_count_is_no_change_and_neither_is_the_same_again(admin, project):
    rows = TagTrend.objects.count()
    assert rows == 5  # env and tmp, env=prod, env=test, tmp=a
    assert sample(ago(20)) == sample(ago(19)) == 0
    assert TagTrend.objects.count() == rows
    assert not any(one.trend.moved for one in entries(admin).values())


def test_each_day_is_told_as_it_was(admin, project):
    put(project, ["env.dev"], ["env.dev"], start=3)
    sample(ago(10))
    put(project, ["app.x"], start=0)  # had env=prod and tmp=a
    sample(ago(3))
    put(project, ["env.dev"], start=5)
    sample(TODAY)
    sample(TODAY)
    env = entries(admin)["env"].trend
    assert env.counts[DAYS - 21] == 3
    assert [env.counts[DAYS - 1 - days] for days in (11, 10, 4, 3, 1, 0)] == [3, 5, 5, 4, 4, 5]
    assert (env.recent, env.new, env.gone) == (0, False, False)
    assert (entries(admin)["app"].trend.new, entries(admin)["app"].trend.recent) == (True, 1)
    tmp = entries(admin)["tmp"]
    assert (tmp.count, tmp.trend.gone, tmp.trend.counts[0]) == (0, True, 1)
    assert entries(admin, "env")["dev"].trend.counts[-12:] == (0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3)


def test_a_number_that_goes_up_and_down_within_a_day_has_one_row(admin, project):
    put(project, ["env.prod"], start=3)
    sample(TODAY)
    put(project, [], start=3)
    sample(TODAY)
    assert TagTrend.objects.get(key="env", total=True, day=TODAY).after == 3
    assert not entries(admin)["env"].trend.moved


def test_old_days_are_put_together_and_stay_true(admin, project):
    for days in (100, 99, 98, 97):
        TagTrend.objects.create(holder="p9", key="k", day=ago(days), before=110 - days, after=111 - days, total=True)
    TagTrend.objects.create(holder="p9", key="k", day=ago(110), before=5, after=10, total=True)
    for days in (500, 480, 470):
        TagTrend.objects.create(holder="p9", key="k", day=ago(days), before=1, after=2, total=True)
    thin(TODAY)
    kept = TagTrend.objects.filter(holder="p9").order_by("day").values_list("day", "before", "after")
    # two in August 2025, one in July; then a day of another week, and the last of the week with all of it
    assert list(kept) == [(ago(500), 1, 2), (ago(470), 1, 2), (ago(110), 5, 10), (ago(97), 10, 14)]
    assert thin(TODAY) == 0


def test_values_that_name_single_images_are_counted_as_a_whole(admin, project, monkeypatch):
    monkeypatch.setattr(trends, "MOST_VALUES", 2)
    put(project, ["env.dev"], start=3)
    sample(TODAY)
    assert not TagTrend.objects.filter(total=False, key="env", day=TODAY).exists()
    assert TagTrend.objects.get(total=True, key="env", day=TODAY).after == 4
    assert not any(one.trend.gone for one in entries(admin, "env").values())


def test_nobody_sees_the_trends_of_others(project):
    assert entries(person("nobody")) == {}
    TagTrend.objects.update(before=0)
    assert entries(person("somebody")) == {}


def test_what_is_left_of_projects_that_are_gone_goes(admin, project):
    TagTrend.objects.create(holder="p999", key="k", day=ago(5), before=0, after=1)
    sample(TODAY)
    assert not TagTrend.objects.filter(holder="p999").exists()
