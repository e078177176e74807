"""Measures retagging for bench_operations: `python -m tests.bench.retag_figures` prints JSON (seconds, calls).

The floor is the same calls made bare: as many threads as the carrier has, each with a session of `requests` that
sends what 5.2.4 asks for.
"""

import json
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any

import django
import requests

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db.models import Count  # noqa: E402

from images.cache.models.image import Image  # noqa: E402
from images.cache.services.sync import sync_holder  # noqa: E402
from images.clouds.models import Project  # noqa: E402
from images.operations.enums import ActionKind, OperationState  # noqa: E402
from images.operations.models.operation import Operation  # noqa: E402
from images.operations.services import Target, executor, submit  # noqa: E402
from tests.clouds.projects import attached, in_cache, in_sandbox, project_of  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402

ROUNDS = 2


def main() -> None:
    sandbox = attached(os.environ["SANDBOX_URL"])
    count = int(os.environ["BENCH_IMAGES"])
    call_command("migrate", verbosity=0)
    project = project_of(sandbox)
    sync_holder(project)
    project.refresh_from_db()
    mine = Image.objects.filter(project=project, member_status="", status="active")
    images = list(mine.annotate(held=Count("tags")).filter(held__lt=9)[:count])
    person = get_user_model().objects.create_superuser("bench")
    figures: dict[str, Any] = {"images": len(images)}
    figures["bare"], figures["ours"] = [], []
    for number in range(ROUNDS):
        figures["bare"].append(bare(sandbox, project, images, number))
        figures["ours"].append(ours(project, person, images, number))
    sandbox.reset_calls()
    ours(project, person, images, ROUNDS)
    figures["calls"] = sandbox.calls()
    sync_holder(project)
    figures["equal"] = in_cache(project) == in_sandbox(sandbox, project)
    print(json.dumps(figures))


def ours(project: Project, person: Any, images: list[Image], number: int) -> float:
    """Seconds from the carrier's begin to the end of its last item."""
    targets = [Target(project, image, image.name) for image in images]
    parameters = {"add": [{"key": "bench", "value": f"ours-{number}"}]}
    submit(actor=person, kind=ActionKind.TAG, targets=targets, parameters=parameters, key=uuid.uuid4().hex)
    began = time.perf_counter()
    executor.execute(600.0)
    took = time.perf_counter() - began
    operation = Operation.objects.latest("pk")
    assert operation.state == OperationState.DONE, (operation.state, operation.done, operation.failed)
    return took


def bare(sandbox: SandboxProcess, project: Project, images: list[Image], number: int) -> float:
    """Seconds of the same calls without us."""
    token, own = sandbox.token(), local()
    body = json.dumps({"action": "create", "tags": [{"key": "bench", "value": f"bare-{number}"}]})
    headers = {"X-Auth-Token": token, "Content-Type": "application/json"}

    def call(image: Image) -> None:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        url = f"{sandbox.base_url}/v2/{project.project_id}/images/{image.image_id}/tags/action"
        answer = own.session.post(url, data=body, headers=headers)
        assert answer.status_code == 204, answer.text

    with ThreadPoolExecutor(settings.OPERATION_PARALLEL) as pool:
        began = time.perf_counter()
        list(pool.map(call, images))
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
