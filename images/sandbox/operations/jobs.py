"""The state of asynchronous jobs (5.6.1), under its path and under the one that chapter 8 prints."""

from images.sandbox.call import Call
from images.sandbox.wire import Response, answer


def read(call: Call) -> Response:
    """GET /v1/{project_id}/jobs/{job_id} (5.6.1)."""
    return answer(call.jobs.document(call.path["job_id"], call.project.id))
