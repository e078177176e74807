"""Making an image: the new document, the job that finishes it, and the answer that names the job."""

from typing import Any

from images.sandbox import os_table, tagging
from images.sandbox.call import Call
from images.sandbox.documents import EMPTY_MD5, Document, document
from images.sandbox.jobs import SAVING_FRACTION
from images.sandbox.refusals.images import check_flow, check_free_name, check_quota
from images.sandbox.wire import Response, answer

# How long things take, in seconds before --speed. Real ones take minutes; these keep the proportions.
BASE_SECONDS = 60.0
SECONDS_PER_GIB = 3.0
WHOLE_SECONDS = 240.0
MEMBERS_SECONDS = 4.0


def new_document(call: Call, name: str, description: str, tags: dict[str, str], os_version: str) -> Document:
    """An own image without a file yet; empty attributes as in the example of 5.1.2."""
    image = document(call.world.new_id(), call.project.id, name, call.world.now_text(), status="queued")
    image["tags"] = [tagging.join(key, value) for key, value in tags.items()]
    if os_version:
        image |= os_table.attributes_of(os_version)
    image |= {
        "__description": description,
        "__originalimagename": "",
        "__backup_id": "",
        "__data_origin": None,
        "__image_size": "0",
        "__lazyloading": "false",
        "__support_kvm": "true",
        "hw_firmware_type": "bios",
    }
    return image


class Plan:
    """One image to be made and how its job goes."""

    def __init__(self, image: Document, job_type: str, task: str, size: int) -> None:
        self.image = image
        self.job_type = job_type
        self.task = task
        self.seconds = BASE_SECONDS + SECONDS_PER_GIB * size / 1024**3
        self.broken = False
        self.changes: dict[str, Any] = {"__image_size": str(size), "checksum": EMPTY_MD5}
        self.copy_of = ""


def start(call: Call, plans: list[Plan]) -> str:
    """Make the images durable and begin their jobs; the id of the job that stands for all of them.

    Several images of one call are sub-jobs of one job (5.6.1, tables 5-34 and 5-36).

    :raises RefusedError: IMG.0009 the name is taken, where that matters, IMG.0015 no quota left, IMG.0060 too many
        jobs.
    """
    for plan in plans:
        check_free_name(call.world, call.project, plan.image["name"])
    check_quota(call.world, call.project, len(plans))
    check_flow(call.jobs, call.project)
    with call.world.store.transaction():
        started = [_start_one(call, plan) for plan in plans]
        if len(started) == 1:
            return started[0]
        longest = max(plan.seconds for plan in plans)
        return call.jobs.start(
            call.project.id,
            plans[0].job_type,
            # A little longer than its longest part, so that the parts end first.
            longest * 1.01,
            sub_jobs=started,
            entities={"current_task": plans[0].task},
        )


def _start_one(call: Call, plan: Plan) -> str:
    image_id = plan.image["id"]
    call.world.save(plan.image, call.project.id, {}, touch=False)
    last = {"image_id": image_id, "changes": plan.changes, "broken": plan.broken, "copy_of": plan.copy_of}
    return call.jobs.start(
        call.project.id,
        plan.job_type,
        plan.seconds,
        image_id=image_id,
        failed="killed",
        entities={"image_name": plan.image["name"], "current_task": plan.task},
        events=[[SAVING_FRACTION, "saving", {"image_id": image_id}], [1.0, "active", last]],
    )


def job_answer(job_id: str) -> Response:
    """The answer of every asynchronous operation."""
    return answer({"job_id": job_id})
