"""The catalogue of tags: counts, what is probably the same, and the way to the images and to making them one."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from images.cache.models.image import Image
from images.tags.queries.catalogue import _twins
from images.tags.services.trends import sample
from tests import factories
from tests.catalogue.test_act_views import plain, text


@pytest.fixture
def shelf(db) -> None:
    project = factories.project()
    tagged = [["env.prod"], ["env.prod", "app.web"], ["Env.production"], ["env.production", "team.a"]]
    factories.put(project, *(plain(n, project.project_id, tags=tags) for n, tags in enumerate(tagged)))


def test_keys_with_counts_and_other_spellings(as_admin, shelf):
    page = as_admin.get("/tags/")
    assert "4 keys in all projects" in text(page)
    assert "1 is probably another spelling" in text(page)
    assert "Env probably the same as env 1" in text(page)
    assert 'href="/images/?q=tag%3Aenv"' in page.content.decode()


def test_values_of_a_key_keep_the_keys_apart(as_admin, shelf):
    page = text(as_admin.get("/tags/?key=env"))
    assert "2 values" in page
    assert "production probably the same as prod" in page
    assert "probably" not in text(as_admin.get("/tags/?key=Env"))
    assert as_admin.get("/tags/?key=nobody").status_code == 404


def test_the_way_to_make_two_spellings_one_is_filled_in(as_admin, as_viewer, shelf):
    page = unescape(as_admin.get("/tags/").content.decode())
    link = page[page.index("/images/act/tag/?") :].split('"')[0]
    form = text(as_admin.get(link))
    assert "Tag 1 image" in form
    assert "removed − Env=production added + env=production" in form
    assert "/images/act/tag/" not in as_viewer.get("/tags/").content.decode()
    assert Image.objects.count() == 4


@pytest.mark.parametrize(
    ("texts", "abbreviations", "found"),
    [
        (["env", "Env", "ENV"], False, {"Env": "env", "ENV": "env"}),
        (["cost-center", "costCenter"], False, {"costCenter": "cost-center"}),
        (["prod", "production"], False, {}),
        (["prod", "production"], True, {"production": "prod"}),
        (["production", "prod", "dev"], True, {"prod": "production"}),
        (["ab", "abc"], True, {}),
        (["v1", "v10", "--", "_"], True, {}),
        (["生产", "生产环境"], True, {}),
    ],
)
def test_what_is_probably_the_same(texts, abbreviations, found):
    assert _twins(texts, abbreviations=abbreviations) == found


def test_trends_are_drawn_and_told_in_words(as_admin, shelf):
    today = timezone.now().date()
    sample(today - timedelta(days=3))
    project = factories.project()
    factories.put(project, *(plain(n, project.project_id, tags=["owner.x"]) for n in (7, 8)))
    sample(today)
    page = as_admin.get("/tags/?show=new").content.decode()
    assert "+2 in 7 days" in page
    assert 'aria-label="from 0 to 2"' in page
    assert "style=" not in page
    assert "1 found" in text(as_admin.get("/tags/?show=new"))
    assert "Nothing matches" in text(as_admin.get("/tags/?show=gone"))


def test_thousands_of_values_come_in_pages_and_can_be_searched(as_admin, db, django_assert_max_num_queries):
    project = factories.project()
    factories.put(project, *(plain(n, project.project_id, tags=[f"build.b{n:03d}"]) for n in range(120)))
    first = text(as_admin.get("/tags/?key=build&sort=name"))
    assert "b000" in first
    assert "b050" not in first
    assert "120 values" in first
    last = text(as_admin.get("/tags/?key=build&sort=name&page=99"))
    assert "b119" in last
    assert "b099" not in last
    found = as_admin.get("/tags/?key=build&q=B05", headers={"HX-Request": "true", "HX-Target": "found"})
    assert "10 found" in text(found)
    assert "<html" not in found.content.decode()
    with django_assert_max_num_queries(9):
        as_admin.get("/tags/?key=build&sort=nonsense&page=x&show=what")
