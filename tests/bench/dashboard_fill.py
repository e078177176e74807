"""`python -m tests.bench.dashboard_fill PROJECTS IMAGES` fills the database of the environment: so many projects
in five regions, their images, a tag policy, operations, changes, shares and quotas. Prints {session} as JSON.
"""

import json
import sys
from datetime import timedelta

import django

#: Rows beside the images, for each project.
_BESIDE = 20


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client
    from django.utils import timezone

    from images.cache.models.image import ImageChange
    from images.cache.services import publication
    from images.operations.enums import OperationState
    from images.operations.models.operation import Operation
    from images.quotas.models import QuotaState
    from images.tags.rules.policy import TagRule
    from images.tags.services import policy
    from images.tags.services.policy import WantedPolicy
    from tests import factories
    from tests.conftest import person
    from tests.incoming.conftest import fill

    call_command("migrate", verbosity=0)
    projects, images = int(sys.argv[1]), int(sys.argv[2])
    now, actor = timezone.now(), person("bench", is_staff=True)
    for place in range(projects):
        project = factories.project(f"project-{place:02d}", f"region-{place % 5}")
        documents = (factories.document(n, project.project_id) for n in range(place, images, projects))
        with transaction.atomic():
            publication.apply(project, (factories.incoming(one) for one in documents), (), seen_at=now)
        factories.put(project)
        fill(project, _BESIDE, first=place * _BESIDE)
        QuotaState.objects.create(project=project, used=90, limit=100, level="warning", at=now, next_at=now)
        ImageChange.objects.bulk_create(
            ImageChange(region_name=project.region.name, project_id_at_cloud=project.project_id, image_id=str(n),
                        project_name=project.name, image_name=str(n), kind="gone",
                        observed_at=now - timedelta(minutes=n))
            for n in range(_BESIDE)
        )  # fmt: skip
        for number in range(_BESIDE):
            state = (OperationState.RUNNING, OperationState.FAILED, OperationState.DONE)[number % 3]
            Operation.objects.create(
                kind="edit", state=state, actor=actor, actor_name="bench", project=project, summary="x",
                key=f"{place}-{number}", finished_at=None if state == OperationState.RUNNING else now,
            )  # fmt: skip
    policy.save(
        actor=actor, project=None, wanted=WantedPolicy([TagRule("cost"), TagRule("env", values=("prod", "dev"))])
    )
    if django.db.connection.vendor == "postgresql":
        with django.db.connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(actor)
    print(json.dumps({"session": client.cookies["sessionid"].value}))


if __name__ == "__main__":
    main()
