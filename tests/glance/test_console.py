"""The console in front of a real Glance: found by itself, synchronised, and showing what the Glance says."""

import html
import re
from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
import requests
from django.http import HttpResponse
from django.urls import reverse

from images.accounts.services.accounts import add_account
from images.accounts.services.project_choice import choices, choose_projects
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.models import Account, Project
from images.clouds.services.discovery import Connection, ConnectionRefused, discover
from images.ims import IMSClient, Metadata, Tag
from images.ims.patch import add, replace
from tests.clouds.projects import in_cache, in_index
from tests.glance.keystone import PASSWORD
from tests.glance.lab import Lab

pytestmark = pytest.mark.django_db(transaction=True)

LOOKED_AT = ("plain 07", "with a file", "public one", "from bob, pending", "<b>Größe & 日本</b>")


@pytest.fixture(scope="module")
def furnished(client_of: Callable[[str], IMSClient]) -> None:
    """Images of every state that a Glance has and a member may bring about, in both directions of sharing."""
    alice, bob = client_of("team-a"), client_of("team-b")
    for number in range(20):
        new(alice, f"plain {number:02d}", tags=[Tag("number", str(number % 3)), Tag(f"v1.{number % 2}")])
    new(alice, "with a file", content=b"a file")
    new(alice, "with an empty file", content=b"")
    hidden = new(alice, "hidden")
    alice.images.update(hidden, [add("os_hidden", True)])
    odd = new(alice, "<b>Größe & 日本</b>")
    alice.images.update(odd, [add("description", "a “quoted” text"), add("os_distro", "ubuntu"), add("min_ram", 256)])
    alice.images.update(new(alice, "protected"), [replace("protected", True)])
    admin = client_of("admin")
    for name in ("public one", "public two"):
        admin.images.update(new(admin, name, content=b"for all"), [replace("visibility", "public")])
    for status in ("pending", "accepted", "rejected"):
        offered = new(bob, f"from bob, {status}")
        bob.members.add(offered, alice.project_id)
        if status != "pending":
            alice.members.answer(offered, status)
        alice.members.add(new(alice, f"to bob, {status}"), bob.project_id)


def new(client: IMSClient, name: str, *, content: bytes | None = None, tags: Sequence[Tag] = ()) -> str:
    """Makes an image, with a file only where it matters: this Glance asks Keystone for its limits at each step."""
    order = Metadata(name=name, disk_format="raw", container_format="bare", min_disk=1, tags=tags)
    image = client.images.create_metadata(order)
    if content is not None:
        client.images.upload(image.id, BytesIO(content))
    return image.id


@pytest.fixture
def connection(lab: Lab) -> Connection:
    return Connection(auth_url=lab.keystone.url, domain="Default", username="alice", secret=PASSWORD)


@pytest.fixture
def account(furnished: None, admin, connection: Connection) -> Account:
    made = add_account(actor=admin, name="openstack", connection=connection)
    choose_projects(actor=admin, account=made, picked=[choice.project.key for choice in choices(made).choices])
    return made


@pytest.fixture
def project(account: Account) -> Project:
    (managed,) = account.projects.managed()
    sync_holder(managed)
    sync_holder(managed.region)
    managed.refresh_from_db()
    return managed


def names_in(answer: HttpResponse) -> list[str]:
    """The names in a page of the list, in its order."""
    names = re.findall(r'<th scope="row" class="name"><a[^>]*>([^<]*)</a>', answer.content.decode())
    return [html.unescape(name) for name in names]


class Witness:
    """Asks the Glance without our client."""

    def __init__(self, lab: Lab) -> None:
        user = {"name": "alice", "password": PASSWORD, "domain": {"id": "default"}}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"id": lab.projects["team-a"]}}
        answer = requests.post(
            f"{lab.keystone.url}/auth/tokens", json={"auth": {"identity": identity, "scope": scope}}, timeout=60
        )
        self.headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        self.url = lab.glance.base_url
        self.project_id = lab.projects["team-a"]

    def images(self, **filters: str) -> dict[str, dict]:
        query = {"limit": "1000", **filters}
        answer = requests.get(f"{self.url}/v2/images", params=query, headers=self.headers, timeout=60)
        answer.raise_for_status()
        return {image["id"]: image for image in answer.json()["images"]}

    def everything(self) -> dict[str, tuple[str, dict]]:
        """image ID → (member state, document): own images, hidden ones among them, and those shared with us."""
        own = self.images(owner=self.project_id) | self.images(owner=self.project_id, os_hidden="true")
        found = {key: ("", image) for key, image in own.items() if image["visibility"] != "public"}
        for status in ("pending", "accepted", "rejected"):
            offered = self.images(visibility="shared", member_status=status)
            found |= {key: (status, image) for key, image in offered.items() if image["owner"] != self.project_id}
        return found


@pytest.fixture
def witness(lab: Lab) -> Witness:
    return Witness(lab)


def test_projects_endpoint_and_kind_are_found(connection, lab):
    (found,) = discover(connection)
    assert (found.project_id, found.name, found.region) == (lab.projects["team-a"], "team-a", "RegionOne")
    assert (found.endpoint, found.kind, found.problem) == (lab.glance.base_url, "openstack", "")


def test_a_wrong_password_is_said(connection):
    connection = Connection(auth_url=connection.auth_url, domain="Default", username="alice", secret="wrong")
    with pytest.raises(ConnectionRefused) as refused:
        discover(connection)
    assert refused.value.field


def test_the_cache_holds_what_the_glance_says(project, witness):
    assert project.published_at
    assert not project.error
    cached, told = in_cache(project), witness.everything()
    assert len(told) > 25
    assert {state for state, _ in told.values()} == {"", "pending", "accepted", "rejected"}
    assert cached == told
    assert in_index(project) == set(told)


def test_public_images_are_kept_with_the_region(project, witness):
    cached, told = in_cache(project.region), witness.images(visibility="public")
    assert len(told) == 2
    assert {key: document for key, (_state, document) in cached.items()} == told
    assert in_index(project.region) == set(told)


def test_the_pages_show_what_the_glance_says(as_admin, project, witness):
    told = witness.everything() | {key: ("", image) for key, image in witness.images(visibility="public").items()}
    shown: list[str] = []
    for page in (1, 2):
        answer = as_admin.get(reverse("images:list"), {"page": page, "size": 25})
        shown += names_in(answer)
    assert f"of {len(told)} images" in answer.content.decode()
    assert sorted(shown) == sorted(image["name"] for _, image in told.values())
    for row in Image.objects.filter(name__in=LOOKED_AT):
        state, image = told[row.image_id]
        detail = as_admin.get(reverse("images:detail", args=[row.pk]))
        assert detail.status_code == 200
        text = html.unescape(detail.content.decode())
        wanted = [image["id"], image["name"], image["owner"], image["disk_format"]]
        wanted += [part for tag in image["tags"] for part in tag.split("=")]
        wanted += [image["checksum"]] if image["checksum"] else []
        assert [one for one in wanted if one not in text] == []
        assert state in text.lower()


def test_a_filter_by_tag_finds_what_the_glance_finds(as_admin, project, witness):
    wanted = [image["name"] for image in witness.images(tag="number=1").values()]
    shown = names_in(as_admin.get(reverse("images:list"), {"q": "tag:number=1"}))
    assert len(wanted) > 5
    assert sorted(shown) == sorted(wanted)


def test_changes_arrive_with_the_next_quick_synchronisation(project, client_of, witness):
    alice, bob = client_of("team-a"), client_of("team-b")
    renamed = new(alice, "before")
    offered = new(bob, "offered later")
    bob.members.add(offered, alice.project_id)
    done = sync_holder(project)
    assert not done.full
    assert in_cache(project)[renamed][1]["name"] == "before"
    assert in_cache(project)[offered][0] == "pending"
    alice.images.update(renamed, [replace("name", "after")])
    alice.members.answer(offered, "accepted")
    sync_holder(project)
    assert in_cache(project)[renamed][1]["name"] == "after"
    assert in_cache(project)[offered][0] == "accepted"
    alice.images.delete(renamed)
    bob.members.remove(offered, alice.project_id)
    sync_holder(project, full=True)
    assert in_cache(project) == witness.everything()
    assert in_index(project) == set(witness.everything())


def test_members_are_asked_of_the_glance(as_admin, project, lab):
    row = Image.objects.get(name="to bob, pending")
    answer = as_admin.get(reverse("images:members", args=[row.pk]))
    assert answer.status_code == 200
    assert lab.projects["team-b"] in answer.content.decode()
