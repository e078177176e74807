"""An act on very many ids: what may not be done is refused before any image is read, and nothing that was sent and is
not seen comes back."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from images.access.enums import Role
from images.cache.models.image import Image
from tests import factories
from tests.conftest import person

MANY = 250_000


@pytest.fixture
def shelf(db):
    project = factories.project()
    owned = {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}
    factories.put(project, *(factories.document(n, project.project_id) | owned for n in range(1, 1201)))
    return project


def ask(user, ids) -> tuple:
    client = Client()
    client.force_login(user)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.post("/images/act/delete/", {"images": ",".join(map(str, ids))})
    return answer, [one["sql"] for one in queries if '"images_image"' in one["sql"]]


def test_who_may_only_look_is_refused_before_an_image_is_read(shelf):
    answer, read = ask(person("looks", Role.VIEWER), range(1, MANY))
    assert answer.status_code == 403
    assert "You may look at the images of" in answer.content.decode()
    assert len(answer.content) < 50_000
    assert read == []


def test_what_is_not_seen_is_neither_read_nor_sent_back(shelf):
    foreign = factories.project("foreign", "eu-west-1")
    factories.put(foreign, *(factories.document(n, foreign.project_id) for n in range(5000, 5010)))
    hidden = Image.objects.filter(project=foreign).values_list("pk", flat=True)
    answer, _read = ask(person("acts", Role.OPERATOR, project=shelf), range(1, MANY))
    assert answer.status_code == 200
    page = answer.content.decode()
    back = page.split('name="images" value="')[1].split('"')[0].split(",")
    assert len(back) == 1200
    assert not {str(pk) for pk in hidden} & {*back}
    assert str(MANY - 1) not in back


def test_who_may_change_some_of_them_is_shown_which(shelf):
    looks = factories.project("looks", "eu-west-1")
    factories.put(looks, factories.document(9000, looks.project_id) | {"status": "active"})
    user = person("both", Role.OPERATOR, project=shelf)
    team = user.memberships.get().team
    team.grants.create(role=Role.VIEWER, project=looks)
    answer, _read = ask(user, range(1, MANY))
    assert answer.status_code == 200
    assert "You may look at the images of looks, but not change them." in answer.content.decode()
