"""`python -m tests.bench.inbox_fill COUNT` puts so many waiting shares into the database of the environment, over four
projects. Prints what the benchmark asks for, as JSON: {session, deep: a share three quarters down, owner}.
"""

import json
import sys

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from images.access.enums import Role
    from images.incoming.models import IncomingShare
    from tests import factories
    from tests.conftest import person
    from tests.incoming.conftest import fill

    call_command("migrate", verbosity=0)
    count = int(sys.argv[1])
    projects = factories.fill(40)
    for place, project in enumerate(projects):
        fill(project, count // len(projects), first=place)
    if django.db.connection.vendor == "postgresql":
        with django.db.connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(person("bench", Role.APPROVER))
    shares = IncomingShare.objects.order_by("waiting_since", "pk").values_list("pk", "owner")
    deep, owner = shares[3 * count // 4]
    print(json.dumps({"session": client.cookies["sessionid"].value, "deep": deep, "owner": owner}))


if __name__ == "__main__":
    main()
