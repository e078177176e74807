"""`python -m tests.bench.list_fill COUNT` fills the database of the environment; prints what the benchmark asks for.

Output, as JSON: {session, names: image names that occur once, apps: rare values of the tag "app"}.
"""

import json
import sys

import django

NAMES = 60
#: Above this the factory alone would take minutes.
MANY = 100_000


def main() -> None:
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    from images.cache.models.image import Image, ImageTag
    from tests import factories
    from tests.bench import list_multiply

    call_command("migrate", verbosity=0)
    count = int(sys.argv[1])
    on_postgresql = django.db.connection.vendor == "postgresql"
    if on_postgresql and count > MANY:
        list_multiply.fill(count)
    else:
        factories.fill(count)
    if on_postgresql:
        with django.db.connection.cursor() as cursor:
            # as autovacuum leaves it within a minute: with statistics, and the trigram index without a pending list
            cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(get_user_model().objects.create_user("bench"))
    step = max(1, count // NAMES)
    print(
        json.dumps(
            {
                "session": client.cookies["sessionid"].value,
                "names": list(Image.objects.order_by("pk").values_list("name", flat=True)[::step][:NAMES]),
                "apps": sorted(set(ImageTag.objects.filter(key="app").values_list("value", flat=True)[:500]))[:NAMES],
            }
        )
    )


if __name__ == "__main__":
    main()
