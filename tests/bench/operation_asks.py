"""`python -m tests.bench.operation_asks KIND OPERATIONS IMAGES`: operations on so many images each, submitted.

Prints as JSON {operations: [their numbers]}.
"""

import json
import sys
import uuid

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402

from images.cache.models.image import Image  # noqa: E402
from images.clouds.models import Project  # noqa: E402
from images.operations.enums import ActionKind  # noqa: E402
from images.operations.services import Target, submit  # noqa: E402


def main() -> None:
    kind, operations, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    project = Project.objects.get()
    plain = Image.objects.filter(project=project, member_status="", status="active", whole_image=False, key_id="")
    images = list(plain.exclude(env_type="IsoImage").order_by("pk")[: operations * count])
    people = list(get_user_model().objects.order_by("pk"))
    made = []
    for number in range(operations):
        chosen = images[number * count : (number + 1) * count]
        targets = [Target(project, image, image.name, {"name": f"copy-{number}-{image.pk}"}) for image in chosen]
        actor = people[number % len(people)]
        made.append(submit(actor=actor, kind=ActionKind(kind), targets=targets, parameters={}, key=uuid.uuid4().hex).pk)
    print(json.dumps({"operations": made}))


if __name__ == "__main__":
    main()
