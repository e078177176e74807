"""What an image may hold that a database cannot read keeps the list from nobody (case R14).

On SQLite, and with TEST_DATABASE_URL on PostgreSQL (`python -m tests.on_postgres`).
"""

import pytest
from django.utils import timezone

from images.cache.models.image import Image
from images.cache.queries import index
from images.ims import IMSClient
from images.operations.enums import ActionKind
from images.operations.models.operation import Job
from images.operations.services import jobs
from images.quotas.queries.cleanup import DUPLICATE, cleanup_candidates
from tests import factories
from tests.ims.conftest import PROJECT
from tests.ims.server import Reply, ScriptedServer

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]
ODD = {
    "NUL": "a\0b",
    "quoted": 'x","checksum":"not this',
    "escaped": '\\"checksum\\": \\"nor this\\"',
    "line break": "a\r\n\u2028b",
    "unit separator": "a\x1fb",
    "emoji": "\N{PILE OF POO}",
}
URLS = ("/images/", "/images/?q=spare:duplicate", "/images/?q=spare:old", "/quotas/", "/tags/", "/reports/")


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("place", ["__description", "name", "my_attribute", "tags", "checksum"])
def test_an_odd_image_keeps_the_list_from_nobody(as_admin, place, text):
    project = factories.project()
    owner = project.project_id
    twins = [factories.document(n, owner, checksum="c" * 32, status="active") for n in (1, 2)]
    odd = factories.document(3, owner, status="active", **{place: [text] if place == "tags" else text})
    factories.put(project, *twins, odd)
    image = Image.objects.get(image_id=odd["id"])
    for url in (*URLS, f"/projects/{project.pk}/", f"/images/{image.pk}/"):
        assert as_admin.get(url).status_code == 200, url
    duplicates = Image.objects.filter(pk__in=list(cleanup_candidates(index.current()).images[DUPLICATE]))
    assert len(duplicates) == 1
    assert duplicates[0].image_id in {one["id"] for one in twins}


def test_what_a_service_says_of_jobs_is_stored(db):
    project = factories.project()
    answer = {
        "job_id": "j", "status": "FAIL", "error_code": "IMG\0.1", "fail_reason": "disk\0full", "job_type": "x\0",
        "entities": {"current_task": "a\0", "image_id": "i\0"},
    }  # fmt: skip
    with ScriptedServer(Reply(body=answer)) as server:
        said = IMSClient(server.url, PROJECT, None).jobs.get("j")
    job = Job.objects.create(project=project, job_id="j", kind=ActionKind.COPY, deadline=timezone.now())
    jobs.update(job, said)
    job.save()
    job.refresh_from_db()
    assert job.reason == "disk\N{REPLACEMENT CHARACTER}full"
