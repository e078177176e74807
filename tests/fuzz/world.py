"""The world that is asked: that of the permission table, odd images in it, and somebody signed in for each role."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.test import Client

from images.clouds.models import Project
from tests import factories
from tests.fuzz.asking import WHO, Asker
from tests.guards.cast import build

#: Attributes as services and their users have written them.
_ODD = (
    {"name": "", "__description": "a\u0000b", "tags": ["", "=", "a=b=c", "x" * 300]},
    {"name": "<b>&amp;", "min_disk": None, "size": 2**63 - 1, "__os_version": "ubuntu" * 40},
    {"name": "\u202ereversed", "__os_type": "Plan9", "min_ram": -1, "created_at": "2026-02-30T00:00:00Z"},
)


@contextmanager
def staged() -> Iterator[Asker]:
    """Within a transaction that is taken back."""
    with transaction.atomic():
        world = build()
        project = Project.objects.get(pk=world.own["project"])
        documents = [factories.document(number, project.project_id) | {"status": "active"} for number in range(10, 40)]
        odd = [factories.document(number, project.project_id) | one for number, one in enumerate(_ODD, 50)]
        factories.put(project, *documents, *odd)
        sessions = {}
        for who in WHO:
            client = Client()
            client.force_login(world.people[who])
            sessions[who] = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield Asker(world, sessions)
        transaction.set_rollback(True)
