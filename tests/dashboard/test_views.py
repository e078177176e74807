"""The first page: what it tells whom, that a failing tile leaves the others, and what it costs with fifty projects."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.access.enums import Role
from images.cache.models.image import ImageChange
from images.cache.queries import index
from images.clouds.models import Project
from images.dashboard import tables as dashboard_tables
from images.operations.enums import OperationState
from images.operations.models.operation import Operation
from images.quotas.models import QuotaState
from images.tags.models.policy import TagPolicy
from images.tags.rules.policy import TagRule
from images.tags.services import policy
from images.tags.services.policy import WantedPolicy
from tests import factories
from tests.catalogue.test_act_views import text
from tests.conftest import grant, person
from tests.operations.test_views import make

HTMX = {"HX-Request": "true"}


def tile(client, name: str) -> str:
    answer = client.get(f"/dashboard/{name}/", headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    return text(answer)


def test_a_plain_request_has_all_tiles_in_the_page_and_a_browser_fetches_them(as_admin, as_viewer, db):
    whole = as_admin.get("/").content.decode()
    names = re.findall(r'id="tile-(\w+)" aria-labelledby', whole)
    assert names == list(dashboard_tables.TILES)
    assert 'hx-get="/dashboard' not in whole
    assert "Nobody waits for your word." in whole
    as_viewer.cookies["tz"] = "UTC"
    frame = as_viewer.get("/").content.decode()
    assert re.findall(r'hx-get="/dashboard/(\w+)/" hx-trigger="load"', frame) == [n for n in names if n != "console"]
    assert as_viewer.get("/dashboard/console/").status_code == 404
    assert as_viewer.get("/dashboard/nothing/").status_code == 404
    assert "<h1" in as_viewer.get("/dashboard/projects/").content.decode()


def test_what_failed_comes_before_what_runs_and_others_work_is_not_ours(as_viewer, viewer, db):
    make(viewer, "waiting")
    failed = make(viewer, "failed", state=OperationState.FAILED)
    make(person("stranger", Role.OPERATOR), "failed", state=OperationState.FAILED)
    shown = tile(as_viewer, "operations")
    assert "1 failed, 1 under way" in shown
    assert shown.index("1 of 1 failed") < shown.index("0 of 1 done")
    again = make(viewer, "waiting")
    Operation.objects.filter(pk=again.pk).update(retry_of=failed)
    shown = tile(as_viewer, "operations")
    assert "2 under way" in shown
    assert "failed" not in shown


def test_breaches_charts_and_changes_lead_into_the_list(as_viewer, admin, db):
    project = factories.project()
    factories.put(project, *(factories.document(n, project.project_id) for n in range(6)))
    policy.save(actor=admin, project=project, wanted=WantedPolicy([TagRule("cost")]))
    assert TagPolicy.objects.exists()
    assert "6 break it" in tile(as_viewer, "policy")
    page = as_viewer.get("/dashboard/images/").content.decode()
    links = re.findall(r'<a href="(/images/\?q=[^"]+)">[^<]*</a></span><svg.*?bars-figure">(\d+)<', page, re.DOTALL)
    assert len(links) >= 5
    for url, count in links:
        found = as_viewer.get(url.replace("&amp;", "&"))
        assert f"{count} image" in text(found), url


def test_changes_of_a_project_that_is_not_seen_are_not_told(db, client):
    seen, foreign = factories.project("seen"), factories.project("foreign")
    for one in (seen, foreign):
        ImageChange.objects.create(
            region_name=one.region.name, project_id_at_cloud=one.project_id, project_name=one.name, image_id="i",
            image_name=f"of-{one.name}", kind="gone", observed_at=timezone.now(),
        )  # fmt: skip
    reader = person("reader")
    grant(reader, Role.VIEWER, project=seen)
    client.force_login(reader)
    shown = tile(client, "changes")
    assert "of-seen" in shown
    assert "of-foreign" not in shown
    other = factories.region("eu-west-9")
    Project.objects.filter(pk=foreign.pk).update(region=other, project_id=seen.project_id)
    ImageChange.objects.filter(image_name="of-foreign").update(
        region_name=other.name, project_id_at_cloud=seen.project_id
    )
    assert "of-foreign" not in tile(client, "changes")


@contextmanager
def without_changes():
    """The rows of one tile cannot be read."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE images_imagechange RENAME TO images_imagechange_away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE images_imagechange_away RENAME TO images_imagechange")


def test_one_that_fails_is_named_logged_and_tried_again_and_the_others_are_there(transactional_db, as_viewer, caplog):
    # without a transaction around it, as requests are: PostgreSQL would refuse whatever follows the failure in one
    factories.put(factories.project())
    with without_changes():
        page = as_viewer.get("/")
        assert page.status_code == 200
        told = text(page)
        assert "This could not be told just now." in told
        assert "Nobody waits for your word." in told
        assert "tile changes of the dashboard failed" in caplog.text
        answer = as_viewer.get("/dashboard/changes/", headers=HTMX)
        assert answer.status_code == 500
        assert answer["HX-Retarget"] == "#tile-changes"
    assert "Nothing has changed yet." in tile(as_viewer, "changes")


def test_the_console_says_what_it_needs(as_admin, admin, db):
    project = factories.project()
    Project.objects.filter(pk=project.pk).update(error="The password has expired.", error_at=timezone.now())
    old = make(admin, "waiting")
    Operation.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=1), state="waiting")
    shown = tile(as_admin, "console")
    assert "Start one:" in shown, "no worker is there in tests"
    assert "Queue of operations" in shown


def test_quotas_near_their_limit_are_told_the_fullest_first(as_viewer, db):
    for name, used, level in (("calm", 10, ""), ("fuller", 97, "critical"), ("full", 85, "warning")):
        state = {"used": used, "limit": 100, "level": level, "at": timezone.now(), "next_at": timezone.now()}
        QuotaState.objects.create(project=factories.project(name), **state)
    shown = tile(as_viewer, "quotas")
    assert "2 near their limits" in shown
    assert shown.index("97 %") < shown.index("85 %")
    assert "calm" not in shown


@pytest.mark.django_db
def test_fifty_projects_cost_as_many_queries_as_one(as_admin):
    def queries() -> int:
        index.forget()
        as_admin.get("/")  # what is compiled once
        index.forget()
        with CaptureQueriesContext(connection) as caught:
            assert "This could not be told" not in as_admin.get("/").content.decode()
        return len(caught)

    def project(number: int) -> None:
        made = factories.project(f"project-{number}", f"region-{number % 3}")
        factories.put(made, *(factories.document(n, made.project_id) for n in range(number * 4, number * 4 + 4)))

    project(0)
    one = queries()
    for number in range(1, 50):
        project(number)
    assert queries() <= one
