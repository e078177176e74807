"""Reports on the page and as CSV: the right figures by month and project, only of what one sees, from an address."""

import csv
import io
from datetime import UTC, datetime

import pytest

from images.access.enums import Role
from images.cache.models.image import ImageChange
from images.incoming.models import IncomingShare
from images.operations.enums import OperationState
from images.operations.models.operation import Operation
from images.quotas.models import QuotaSample
from images.reports.models import ReportSchedule
from images.sharing.models import Share
from tests import factories
from tests.catalogue.test_act_views import text
from tests.conftest import grant, person
from tests.operations.test_views import make

SPAN = "since=2026-09&until=2026-11"


def read(client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/reports/csv/?{query}")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


@pytest.fixture
def two(db):
    """A project that the reader sees, and a foreign one; two images of October each, one of November."""
    made = factories.project("seen"), factories.project("foreign", "eu-west-1")
    number = 0
    for project in made:
        documents = []
        for day in ("2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z"):
            number += 1
            documents.append(factories.document(number, project.project_id, created_at=day, __image_size="1000"))
        factories.put(project, *documents)
    return made


@pytest.fixture
def reader(two, client):
    user = person("reader")
    grant(user, Role.VIEWER, project=two[0])
    client.force_login(user)
    return user


def test_inventory_by_month_and_project_in_the_readers_zone(client, reader, two):
    seen = two[0]
    for image in ("a", "a", "b"):
        ImageChange.objects.create(
            region_name="eu-west-0", project_id_at_cloud=seen.project_id, project_name="seen", image_id=image,
            image_name=image, kind="gone", observed_at=datetime(2026, 10, 5, tzinfo=UTC),
        )  # fmt: skip
    rows = read(client, f"report=inventory&{SPAN}")
    assert [(row["month"], row["project"], row["made"], row["size_bytes"], row["gone"]) for row in rows] == [
        ("2026-09", "seen", "1", "1000", "0"), ("2026-10", "seen", "2", "2000", "2"),
        ("2026-11", "seen", "1", "1000", "0"),
    ]  # fmt: skip
    client.cookies["tz"] = "Asia/Tokyo"
    assert [row["made"] for row in read(client, f"report=inventory&{SPAN}")] == ["2", "2"]
    page = text(client.get(f"/reports/?report=inventory&{SPAN}"))
    assert "Inventory, 2026-09 – 2026-11" in page
    assert "foreign" not in page
    assert client.get(f"/reports/?report=inventory&{SPAN}&project={two[1].pk}").status_code == 422
    assert client.get(f"/reports/csv/?{SPAN}&project={two[1].pk}").status_code == 422


def test_operations_shares_and_approvals(as_viewer, viewer, two):
    project = two[0]
    make(viewer, "done", "failed", state=OperationState.PARTLY)
    when = datetime(2026, 10, 3, tzinfo=UTC)
    Operation.objects.update(created_at=when)
    (row,) = read(as_viewer, f"report=operations&{SPAN}")
    assert (row["operations"], row["images"], row["done"], row["failed"]) == ("1", "2", "1", "1")
    Share.objects.create(project=project, image_uid="i", image_name="i", recipient="r", status="accepted",
                         shared_at=when, changed_at=when)  # fmt: skip
    IncomingShare.objects.create(
        project=project, image_id="j", name="j", owner="o", document="{}", member_status="accepted", state="accepted",
        decision="accepted", decided_at=when, first_seen_at=when, waiting_since=when,
    )  # fmt: skip
    (row,) = read(as_viewer, f"report=shares&{SPAN}")
    assert (row["out"], row["out_accepted"], row["came"], row["in_accepted"]) == ("1", "1", "1", "1")
    (row,) = read(as_viewer, f"report=approvals&{SPAN}")
    assert (row["accepted"], row["asked"]) == ("1", "0")


def test_quotas_tell_the_extremes_and_the_last_sample_of_a_month(as_viewer, two):
    for project in two:
        for day, used, limit in ((1, 5, 10), (9, 9, 10), (30, 7, None)):
            at = datetime(2026, 10, day, 12, tzinfo=UTC)
            QuotaSample.objects.create(project=project, at=at, used=used, limit=limit)
    first, second = read(as_viewer, f"report=quotas&{SPAN}")
    assert (first["month"], first["used"], first["limit"], first["least"], first["most"]) == (
        "2026-10", "7", "", "5", "9")  # fmt: skip
    assert {first["project"], second["project"]} == {"seen", "foreign"}
    page = text(as_viewer.get(f"/reports/?report=quotas&{SPAN}"))
    assert "used at its end" in page
    assert "Together" not in page


@pytest.mark.parametrize("query", ["since=2026-11&until=2026-09", "since=1990-01", "since=soon", "report=x"])
def test_what_makes_no_sense_is_told_at_its_field(as_viewer, db, query):
    answer = as_viewer.get(f"/reports/?{query}")
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.content.decode()


def test_by_mail_is_asked_for_and_ended(as_viewer, viewer, two):
    good = {"report": "shares", "rhythm": "monthly", "hour": "6"}
    assert as_viewer.post("/reports/mail/", good | {"hour": "24"}).status_code == 422
    viewer.email = ""
    viewer.save()
    assert "no e-mail address" in text(as_viewer.post("/reports/mail/", good))
    viewer.email = "v@example.org"
    viewer.save()
    assert as_viewer.post("/reports/mail/", good).status_code == 302
    row = ReportSchedule.objects.get()
    assert "Shares" in text(as_viewer.get("/reports/mail/"))
    assert as_viewer.post(f"/reports/mail/{row.pk}/end/").status_code == 302
    assert not ReportSchedule.objects.exists()
