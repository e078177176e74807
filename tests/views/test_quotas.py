"""Quotas on screen: what is known, what is not and why, in several orders; thresholds; history as CSV."""

import pytest

from images.models import AuditEntry, QuotaState
from images.services import quota_samples
from images.services.credentials import SecretUnreadable
from tests import factories
from tests.services.test_quota_samples import heard


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def projects(db):
    full, roomy, endless, silent = [factories.project(name) for name in ("full", "roomy", "endless", "silent")]
    heard(full, 96)
    heard(roomy, 10, 1000)
    heard(endless, 3, -1)
    QuotaState.objects.create(project=silent, next_at="2026-01-01T00:00Z")
    quota_samples.write(silent, SecretUnreadable("nobody answers"))
    factories.project("new")
    return {"full": full, "roomy": roomy, "endless": endless, "silent": silent}


def names(answer) -> list[str]:
    return [line["project"].name for line in answer.context["lines"]]


def test_each_project_with_what_is_known(page, projects):
    answer = page.get("/quotas/")
    text = answer.content.decode()
    assert names(answer)[:2] == ["full", "roomy"]
    for words in ("almost full", "no limit", "nobody answers", "Not asked yet", "106 of the 1,100", "Of 2 nothing"):
        assert words in text, words


@pytest.mark.parametrize(("sort", "first"), [("used", "full"), ("left", "full"), ("name", "endless"), ("x", "full")])
def test_orders(page, projects, sort, first):
    assert names(page.get(f"/quotas/?sort={sort}"))[0] == first


def test_one_project(page, projects):
    for span in ("", "2d", "30d", "2y", "all", "x"):
        text = page.get(f"/quotas/{projects['full'].pk}/?span={span}").content.decode()
        assert "can be set from 0 to 500" in text
        assert "too little is known yet" in text
        assert "Sampled since" in text
    assert "nobody answers" in page.get(f"/quotas/{projects['silent'].pk}/").content.decode()


def test_history_as_csv(page, projects):
    lines = b"".join(page.get("/quotas/csv/").streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("eu-west-0,")
    own = b"".join(page.get(f"/quotas/{projects['endless'].pk}/csv/").streaming_content).decode().splitlines()
    assert own[1].endswith(",3,")


def test_thresholds(page, projects):
    project = projects["full"]
    url = f"/projects/{project.pk}/quota/"
    answer = page.post(url, {"warn": 90, "critical": 90})
    assert answer.status_code == 422
    assert 'value="90"' in answer.content.decode()
    assert page.post(url, {"warn": 97, "critical": 99}).status_code == 302
    state = QuotaState.objects.get(project=project)
    assert (state.warn, state.critical, state.level) == (97, 99, "")
    entry = AuditEntry.objects.get(event="quota.thresholds_changed")
    assert entry.after == {"warn": 97, "critical": 99}
