"""Quotas on screen: what is known, what is not and why, in several orders; thresholds; history as CSV."""

import pytest

from images.audit.models import AuditEntry
from images.cache.models.image import Image
from images.core.encryption import SecretUnreadable
from images.quotas.models import QuotaState
from images.quotas.services import samples
from tests import factories
from tests.quotas.test_samples import heard


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
    samples.write(silent, SecretUnreadable("nobody answers"))
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


@pytest.fixture
def stocked(db):
    project = factories.project("stocked")
    plain = {"status": "active", "protected": False, "visibility": "private", "__platform": "Ubuntu"}
    made = [
        {"name": "web-1.2", "created_at": "2020-01-01T00:00:00Z", "protected": True, "checksum": "aa"},
        {"name": "web-1.10", "created_at": "2026-11-01T00:00:00Z", "checksum": "bb"},
        {"name": "db", "created_at": "2026-11-02T00:00:00Z", "checksum": "aa"},
        {"name": "web-2", "created_at": "2026-11-03T00:00:00Z", "status": "killed"},
        {"name": "theirs", "created_at": "2020-01-01T00:00:00Z"},
    ]
    documents = [factories.document(n, project.project_id, **(plain | one)) for n, one in enumerate(made)]
    factories.put(project, *documents[:-1])
    factories.put(project, documents[-1], member_status="accepted")
    return project


def listed(client, url: str) -> set[str]:
    return {row["name"] for row in client.get(url).context["page"].rows}


def test_what_could_go_with_its_reasons(page, stocked):
    answer = page.get(f"/quotas/{stocked.pk}/spare/")
    found = {one.url.rpartition("spare%3A")[2]: one for one in answer.context["candidates"]}
    names = {value: listed(page, one.url) for value, one in found.items()}
    assert names["old"] == {"web-1.2"}
    assert names["superseded"] == {"web-1.2"}  # what failed replaces nothing
    assert names["duplicate"] == {"db"}
    assert names["failed"] == {"web-2"}
    assert names["untouched"] == {"web-1.2", "web-1.10", "db", "web-2"}
    assert names["three-reasons"] >= {"web-1.2"}
    assert all(one.count == len(names[value]) for value, one in found.items())
    assert (found["old"].protected, found["old"].shared) == (1, 0)
    preview = page.get(found["failed"].delete)
    assert preview.status_code == 200
    assert "web-2" in preview.content.decode()
    assert Image.objects.filter(project=stocked).count() == 5


def test_what_takes_the_room_leads_to_as_many_images(page, stocked):
    for key in ("", "team"):
        answer = page.get(f"/quotas/{stocked.pk}/?key={key}")
        bars = [bar for _title, chart in answer.context["parts"] for bar in chart.bars if bar.url]
        assert len(bars) >= 4
        for bar in bars:
            assert len(listed(page, bar.url)) == int(bar.shown), bar
