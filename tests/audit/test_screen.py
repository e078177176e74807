"""The audit's page: who sees what, the filter, pages by keys, files."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from images.access.enums import Role
from images.audit import services as audit
from images.audit.audit_events import AuditFileEvent
from images.audit.models import AuditEntry
from images.audit.services import Subject
from images.cache.models.image import Image
from images.operations.enums import ActionKind
from images.operations.services import Target, submit
from images.people.audit_events import TeamEvent
from images.signin.audit_events import MemberEvent
from tests import factories
from tests.conftest import person

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(client: Client, query: str = "") -> list[str]:
    """The sentences on the page, in their order."""
    text = client.get(f"/audit/?{query}").content.decode()
    return re.findall(r'class="au-sentence">(.*?)</p>', text)


def record(name: str, **given) -> AuditEntry:
    entry = audit.record(event=TeamEvent.ADDED, **{"actor": None, "subject": Subject("team", name, name), **given})
    assert entry is not None
    return entry


def test_who_sees_what(admin):
    own, foreign = factories.project("own"), factories.project("foreign")
    lead = person("lead", Role.ADMINISTRATOR, project=own)
    operator = person("operator", Role.OPERATOR, project=own)
    record("A", project=own)
    record("B", project=foreign)
    record("C", actor=admin)
    audit.record(event=MemberEvent.ADDED, actor=admin, subject=operator)
    assert told(signed_in(operator)) == [
        "operator signed in",
        "admin added to a team “operator”",
    ]
    seen = told(signed_in(lead))
    assert any("“A” in own" in line for line in seen)
    assert not any("“B”" in line or "“C”" in line for line in seen)
    assert len(told(signed_in(admin))) == AuditEntry.objects.count()


def test_filter(as_admin, admin):
    project = factories.project()
    record("Core", actor=admin, project=project, request_id="req-12345678")
    record("Edge")
    entries = {
        "person=admin&event=team": 1,
        "event=team.added": 2,
        "event=signin": 1,
        f"project={project.pk}": 1,
        "object=team:Edge": 1,
        "text=edge": 1,
        "text=req-12345678": 1,
        "until=2001-01-01": 0,
        "since=2001-01-01&event=team": 2,
        "event=nonsense&project=x&since=yesterday&object=": 3,
    }
    assert {query: len(told(as_admin, query)) for query in entries} == entries


def test_an_image_leads_to_the_operations_on_it(as_admin):
    project = factories.project()
    data = factories.document(1, project.project_id)
    factories.put(project, data)
    image = Image.objects.get()
    admin = as_admin.get("/audit/").wsgi_request.user
    submit(actor=admin, kind=ActionKind.PROTECT, targets=[Target(project, image, image.name)], key="k")
    assert len(told(as_admin, f"object=image:{data['id']}")) == 1
    assert f"?object=image:{data['id']}" in as_admin.get(f"/images/{image.pk}/?tab=history").content.decode()


def test_pages_by_keys_stay_what_they_are_while_entries_come(as_admin):
    for number in range(120):
        record(f"T{number:03}")
    query = "event=team.added"
    first = told(as_admin, query)
    older = re.search(r"before=(\d+)", as_admin.get(f"/audit/?{query}").content.decode())[1]
    record("later")
    second = told(as_admin, f"{query}&before={older}")
    assert [line[-5:-1] for line in (first[0], first[-1], second[0])] == ["T119", "T070", "T069"]
    text = as_admin.get(f"/audit/?{query}&before={older}").content.decode()
    newer = re.search(r"after=(\d+)", text)[1]
    assert told(as_admin, f"{query}&after={newer}") == first
    oldest = re.findall(r"before=(\d+)", text)[-1]
    last = as_admin.get(f"/audit/?{query}&before={oldest}").content.decode()
    assert 'rel="next"' not in last
    assert last.count('class="au-sentence"') == 20


@pytest.mark.parametrize("query", ["before=x", "after=99999999999999999999", "before=0", "after=5000", "person=%00"])
def test_nonsense_is_no_error(as_admin, query):
    assert as_admin.get(f"/audit/?{query}").status_code == 200


def test_files_hold_the_filter_and_are_noted(as_admin):
    record("=1+1", details={"password": "hunter2"})
    record("Edge", before={"name": "a"}, after={"name": "b"})
    lines = csv.DictReader(io.StringIO(b"".join(as_admin.get("/audit/export/csv/?event=team")).decode("utf-8-sig")))
    rows = list(lines)
    assert [row["subject_name"] for row in rows] == ["'=1+1", "Edge"]
    assert json.loads(rows[1]["after"]) == {"name": "b"}
    answer = b"".join(as_admin.get("/audit/export/json/?object=team:Edge").streaming_content)
    assert [one["subject_name"] for one in json.loads(answer)] == ["Edge"]
    assert b"hunter2" not in answer
    noted = AuditEntry.objects.filter(event=AuditFileEvent.EXPORTED).values_list("details", flat=True)
    assert list(noted.order_by("id")) == [
        {"filter": "event=team", "as": "csv"},
        {"filter": "object=team%3AEdge", "as": "json"},
    ]
    assert as_admin.get("/audit/export/xml/").status_code == 404


def test_what_people_typed_is_text(as_admin):
    record("<script>alert(1)</script>", before={"<b>": "<i>"}, after={"<b>": "&"})
    text = as_admin.get("/audit/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_queries_do_not_grow_with_the_page(as_admin, django_assert_max_num_queries):
    for number in range(60):
        record(f"T{number}", project=factories.project())
    with django_assert_max_num_queries(9):
        as_admin.get("/audit/")
