"""`python -m tests.bench.operation_fill PEOPLE`: a synchronised project and people who are signed in.

Prints as JSON {sessions: cookies of the people, images: numbers of those that can be edited}.
"""

import json
import os
import sys

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from images.cache.models.image import Image  # noqa: E402
from images.cache.services.sync import sync_holder  # noqa: E402
from tests.clouds.projects import attached, project_of  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    project = project_of(attached(os.environ["SANDBOX_URL"]))
    sync_holder(project)
    if django.db.connection.vendor == "postgresql":
        with django.db.connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    people = get_user_model().objects
    names = [f"person-{number}" for number in range(int(sys.argv[1]))]
    sessions = [_session(people.create_superuser(name)) for name in names]
    own = Image.objects.filter(project=project, member_status="", status="active").order_by("pk")
    print(json.dumps({"sessions": sessions, "images": list(own.values_list("pk", flat=True))}))


def _session(person: object) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


if __name__ == "__main__":
    main()
