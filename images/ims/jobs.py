"""Asynchronous jobs (5.6.1): what became of a call that only promised to begin."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from images.ims.answers import Answer
from images.ims.errors import JobFailed, JobTimedOut
from images.ims.service import Service
from images.ims.transport import path_of
from images.ims.values import as_fraction, as_text, parse_time

#: Spellings of the reference and of services, compared without case; other states stay as they are.
_STATUSES: Final = {"success": "SUCCESS", "fail": "FAIL", "failed": "FAIL", "running": "RUNNING", "init": "INIT"}
_TYPES: Final = {
    "imsImportOvalImageJob": "imsImportOvaImageJob",
    "createImageByInstance": "imsCreateImageByInstance",
    "imsCreateImageByInstanceJob": "imsCreateImageByInstance",
}
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class JobResult:
    """Outcome for one image (and project, when it was about sharing) of a job that concerns several."""

    image_id: str
    project_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Job:
    """State of a job. `status` INIT, RUNNING, SUCCESS, FAIL or what the service says; `progress` from 0 to 1.

    `image_id` is the image that came out of it, "" for jobs about several: see `results` (pairs of a sharing) and
    `sub_jobs` (images that one call has made, each by a job of its own). `sub_job_ids` names also those that the answer
    did not describe. Times are UTC; `code` and `reason` tell why it failed, `request_id` is of the request that was
    answered so. `extra` holds what the reference does not know.
    """

    id: str
    status: str
    type: str = ""
    begin_time: datetime | None = None
    end_time: datetime | None = None
    progress: float | None = None
    current_task: str = ""
    image_id: str = ""
    image_name: str = ""
    results: tuple[JobResult, ...] = ()
    sub_jobs: tuple["Job", ...] = ()
    sub_job_ids: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""
    request_id: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False)

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCESS"

    @property
    def failed(self) -> bool:
        return self.status == "FAIL"

    @property
    def ended(self) -> bool:
        return self.succeeded or self.failed

    def failure(self) -> JobFailed:
        """The error of a job that ended with FAIL."""
        named = f" ({self.code})" if self.code else ""
        why = f": {self.reason.rstrip('.')}" if self.reason else ""
        return JobFailed(f"The job failed{named}{why}.", job_id=self.id, code=self.code, reason=self.reason)


class Jobs:
    """Jobs of the project. Of IMS only."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def get(self, job_id: str) -> Job:
        """State of a job (GET /v1/{project_id}/jobs/{job_id}, 5.6.1). Raises NotFound, NotOffered for a Glance."""
        answer = self._service.get("5.6.1", path_of("v1", self._service.project_id, "jobs", job_id))
        return job_of(answer.read_object(), answer)

    def whole(self, job: Job) -> Job:
        """Once it has ended, the job with each of its sub-jobs: those of which it tells the ID alone (Table 5-34,
        `sub_jobs_list`) are asked about one by one. Raises as `get` does."""
        told = {part.id for part in job.sub_jobs}
        untold = [one for one in job.sub_job_ids if one not in told]
        if not job.ended or not untold:
            return job
        found = {part.id: part for part in (*job.sub_jobs, *map(self.get, untold))}
        in_order = dict.fromkeys([*job.sub_job_ids, *found])
        return replace(job, sub_jobs=tuple(found[one] for one in in_order))

    def watch(
        self,
        job_id: str,
        *,
        timeout: float = 3600.0,
        interval: float = 1.0,
        slowest: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[Job]:
        """Yields the state of a job until it has ended, asking less and less often (`interval` to `slowest` seconds).

        The last state yielded is the final one. Raises JobTimedOut after `timeout` seconds, and whatever `get` raises.
        """
        deadline = clock() + timeout
        while True:
            job = self.get(job_id)
            yield job
            if job.ended:
                return
            left = deadline - clock()
            if left <= 0:
                raise JobTimedOut(
                    f"The job is still {job.status} after {timeout:g} seconds; we stopped waiting.", job_id=job_id
                )
            sleep(min(interval, left))
            interval = min(slowest, interval * 1.5)

    def wait(self, job_id: str, *, on_progress: Callable[[Job], None] | None = None, **limits: Any) -> Job:
        """The job when it has succeeded. `limits` as for `watch`. Raises JobFailed, JobTimedOut."""
        job: Job | None = None
        for job in self.watch(job_id, **limits):
            if on_progress is not None:
                on_progress(job)
        assert job is not None  # noqa: S101 - watch yields at least once
        if job.failed:
            raise job.failure()
        return job


_KNOWN = frozenset({"job_id", "status", "job_type", "begin_time", "end_time", "entities", "error_code", "fail_reason"})


def job_of(document: Mapping[str, Any], answer: Answer) -> Job:
    """Reads the body of 5.6.1. Raises MalformedAnswer without job_id or status, or when they are no texts."""
    try:
        return replace(_job(document), request_id=answer.request_id)
    except (ValueError, OverflowError) as error:
        raise answer.malformed(f"in a job: {error}") from error


def job_id_of(answer: Answer) -> str:
    """The job_id with which the asynchronous calls answer. Raises MalformedAnswer when there is none."""
    job_id = answer.read_object().get("job_id")
    if not isinstance(job_id, str) or not job_id:
        raise answer.malformed("there is no job_id in it")
    return job_id


def _job(document: Mapping[str, Any]) -> Job:
    job_id, status = as_text(document.get("job_id")), as_text(document.get("status"))
    if not job_id or not status:
        raise ValueError("job_id or status is missing")
    entities = document.get("entities")
    entities = entities if isinstance(entities, Mapping) else _NOTHING
    kind = as_text(document.get("job_type"))
    return Job(
        id=job_id,
        status=_status(status),
        type=_TYPES.get(kind, kind),
        begin_time=parse_time(document.get("begin_time")),
        end_time=parse_time(document.get("end_time")),
        progress=_progress(entities.get("process_percent")),
        current_task=as_text(entities.get("current_task")),
        image_id=as_text(entities.get("image_id")),
        image_name=as_text(entities.get("image_name")),
        results=tuple(_result(entry) for entry in _objects(entities.get("results"))),
        sub_jobs=tuple(_job(entry) for entry in _objects(entities.get("sub_jobs_result"))),
        sub_job_ids=_texts(entities.get("sub_jobs_list")),
        # the reference has them at the top, "in entities" in one of its sentences; the vendor's model names those
        code=_first(document.get("error_code"), entities.get("error_code"), entities.get("addition_error_code")),
        reason=_first(document.get("fail_reason"), entities.get("addition_error_msg"), entities.get("error")),
        extra=MappingProxyType({name: value for name, value in document.items() if name not in _KNOWN}),
    )


def _status(text: str) -> str:
    return _STATUSES.get(text.lower(), text)


def _progress(value: Any) -> float | None:
    try:
        return as_fraction(value)
    except ValueError:
        return None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _first(*values: Any) -> str:
    """The first of them that says something."""
    return next(filter(None, map(as_text, values)), "")


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str) and entry) if isinstance(value, list) else ()


def _result(entry: Mapping[str, Any]) -> JobResult:
    return JobResult(
        image_id=as_text(entry.get("image_id")),
        project_id=as_text(entry.get("project_id")),
        status=_status(as_text(entry.get("status"))),
    )
