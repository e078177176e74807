"""The page of an operation in a browser: on a laptop and on a phone, and how it goes on by itself."""

from django.utils import timezone

from images.operations.models.operation import Job, Operation, OperationItem
from tests.operations.test_views import make


def test_the_page_follows_a_job_and_fits_a_phone(visit, admin):
    operation = make(admin, "following", "failed", "unknown", "waiting")
    part = {"job_id": "b", "status": "FAIL", "image_id": "", "image_name": "data-2", "code": "IMG.0157", "reason": "?"}
    job = Job.objects.create(project=operation.project, job_id="j" * 32, kind="edit", state="running", percent=42,
                             sub_jobs=[part], deadline=timezone.now(), begin_at=timezone.now())  # fmt: skip
    OperationItem.objects.filter(state="following").update(job=job)
    OperationItem.objects.filter(state="failed").update(error_code="IMG.0057", upstream_request_id="req-4711")
    window = visit(admin, width=390)
    page = window.open(f"/operations/{operation.pk}/")
    assert window.overflow() == []
    assert window.violations() == []
    part_line = page.locator(".op-parts li")
    assert part_line.get_by_text("data-2").is_visible()
    assert part_line.get_by_text("failed").is_visible()
    page.get_by_role("button", name="Copy request ID").click()  # I6: what technical support asks for
    page.locator("#status").get_by_text("Copied").wait_for()
    Job.objects.update(percent=77)
    Operation.objects.update(version=2)
    page.locator("#op-live").get_by_text("77 %").wait_for()


def test_the_list_follows_what_is_under_way(visit, viewer):
    operation = make(viewer, "done", "waiting")
    window = visit(viewer)
    page = window.open("/operations/")
    row = page.locator(f"#op-row-{operation.pk}")
    row.get_by_text("running").wait_for()
    Operation.objects.update(waiting=0, done=2, state="done", finished_at=timezone.now(), version=2)
    row.locator(".badge").get_by_text("done").wait_for()
    assert page.locator("#op-poll[data-poll]").count() == 0
    assert window.violations() == []
