"""The catalogue of tags: counts, what is probably the same, and the way to the images and to making them one."""

from html import unescape

import pytest

from images.models import Image
from images.selectors.catalogue import _twins
from tests import factories
from tests.views.test_acts import plain, text


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
