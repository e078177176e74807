"""Every URL × role gives what roles.py says, and no URL is without a row."""

import pytest
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from images.models import Image, Operation, Project, SavedView
from images.services.tag_files import keep
from tests import factories
from tests.guards.roles import LOGIN, ROWS, Row


def names(resolver: URLResolver, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern, prefix + (f"{pattern.namespace}:" if pattern.namespace else ""))
        else:
            found.add(f"{prefix}{pattern.name}")
    return found


def test_every_url_has_a_row_and_every_row_a_url():
    assert names(get_resolver()) == {*ROWS}, "give each new URL its row in tests/guards/roles.py"


def operation() -> Operation:
    """With one failed item, by nobody who is in the table."""
    project = Project.objects.first()
    ended = {"state": "failed", "finished_at": timezone.now()}
    made = Operation.objects.create(kind="edit", actor_name="x", key="k", total=1, failed=1, project=project, **ended)
    made.items.create(position=0, project=project, image_name="x", next_at=timezone.now(), state="failed")
    return made


@pytest.fixture
def world(admin, viewer) -> dict[str, object]:
    project = factories.project()
    own, foreign = factories.document(1, project.project_id), factories.document(2, "f" * 32)
    factories.put(project, own, foreign)
    view = SavedView.objects.create(owner=viewer, name="mine", query="q=os%3Aubuntu")
    return {
        "image": Image.objects.get(image_id=own["id"]).pk,
        "foreign": Image.objects.get(image_id=foreign["id"]).pk,
        "image_id": own["id"],
        "region": project.region.name,
        "account": project.account_id,
        "project": project.pk,
        "view": view.pk,
        "operation": operation().pk,
        "tag_file": keep(actor=admin, name="t.csv", content=b"image_id,tag:a\nx,1\n", empty_removes=False).pk,
    }


@pytest.mark.parametrize("role", ["anonymous", "viewer", "admin"])
@pytest.mark.parametrize("name", sorted(ROWS))
def test_role_gets_what_the_table_says(name, role, world, anonymous, as_viewer, as_admin):
    row: Row = ROWS[name]
    client = {"anonymous": anonymous, "viewer": as_viewer, "admin": as_admin}[role]
    path = row.path.format(**world)
    answer = getattr(client, row.method)(path)
    expected = getattr(row, role)
    if expected == LOGIN:
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/?next=")
    else:
        assert answer.status_code == expected
