"""Each act that a Glance offers, asked for and carried out: its effect is at the Glance and in the cache."""

import uuid
from collections.abc import Callable

import pytest
import requests

from images.accounts.services.accounts import add_account
from images.accounts.services.project_choice import choices, choose_projects
from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.models import Account, Project
from images.clouds.services.discovery import Connection
from images.ims import IMSClient, NotFound
from images.ims.patch import replace
from images.operations.actions import is_offered
from images.operations.actions.staging import staged
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, Target, executor, retry_failed, submit, write
from images.sharing.models import Share
from tests.clouds.projects import in_cache, in_index
from tests.glance.keystone import PASSWORD
from tests.glance.lab import Lab
from tests.glance.test_console import Witness, new

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(admin, lab: Lab) -> Account:
    connection = Connection(auth_url=lab.keystone.url, domain="Default", username="alice", secret=PASSWORD)
    made = add_account(actor=admin, name="openstack", connection=connection)
    choose_projects(actor=admin, account=made, picked=[choice.project.key for choice in choices(made).choices])
    return made


@pytest.fixture
def project(account: Account) -> Project:
    (managed,) = account.projects.managed()
    sync_holder(managed)
    managed.refresh_from_db()
    return managed


@pytest.fixture
def witness(lab: Lab) -> Witness:
    return Witness(lab)


@pytest.fixture
def alice(client_of: Callable[[str], IMSClient]) -> IMSClient:
    return client_of("team-a")


@pytest.fixture
def bob(client_of: Callable[[str], IMSClient]) -> IMSClient:
    return client_of("team-b")


@pytest.fixture
def image(alice: IMSClient, project: Project) -> Image:
    """One of our own, in the cache."""
    image_id = new(alice, f"act {uuid.uuid4().hex[:8]}", content=b"content")
    sync_holder(project)
    return Image.objects.get(project=project, image_id=image_id)


@pytest.fixture
def act(admin, project: Project, witness: Witness) -> Callable[..., Operation]:
    """Asks and carries out; then cache, index and Glance agree."""

    def asked(kind: ActionKind, image: Image | None, *, name: str = "", item=None, **parameters) -> Operation:
        target = Target(project, image, image.name if image else name, item or {})
        asking = {"actor": admin, "kind": kind, "targets": [target], "parameters": parameters}
        if kind == ActionKind.ANSWER:  # decided in the inbox, which writes it
            operation = write(**asking, key=uuid.uuid4().hex, projects=[project])
        else:
            operation = submit(**asking, key=uuid.uuid4().hex)
        executor.execute(60.0)
        operation.refresh_from_db()
        assert in_cache(project) == witness.everything()
        assert in_index(project) == set(in_cache(project))
        return operation

    return asked


def done(operation: Operation) -> str:
    """The image that it was about, after it has succeeded."""
    item = operation.items.get()
    assert (operation.state, item.state, item.error) == (OperationState.DONE, ItemState.DONE, "")
    return item.image_uid


def document(witness: Witness, image_id: str) -> dict:
    return witness.everything()[image_id][1]


def test_created_empty_and_filled(act, project, witness, settings, tmp_path):
    fields = {"name": "empty first", "disk_format": "raw", "container_format": "bare", "min_disk": 1}
    made = done(act(ActionKind.METADATA, None, name="empty first", item={"fields": fields}))
    assert document(witness, made)["status"] == "queued"
    settings.VAR_DIR = tmp_path
    path = staged("a-file")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"all the bytes")
    assert done(act(ActionKind.UPLOAD, Image.objects.get(image_id=made), item={"file": "a-file"})) == made
    assert (document(witness, made)["status"], document(witness, made)["size"]) == ("active", 13)
    answer = requests.get(f"{witness.url}/v2/images/{made}/file", headers=witness.headers, timeout=60)
    assert answer.content == b"all the bytes"


def test_created_and_filled_at_once(act, witness, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    path = staged("b-file")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"at once")
    fields = {"name": "at once", "disk_format": "raw", "container_format": "bare", "tags": [{"key": "k", "value": "v"}]}
    made = done(act(ActionKind.UPLOAD, None, name="at once", item={"file": "b-file", "fields": fields}))
    held = document(witness, made)
    assert (held["name"], held["status"], held["size"], held["tags"]) == ("at once", "active", 7, ["k=v"])


def test_edited(act, image, witness):
    changes = [
        {"attribute": "name", "value": "Größe & 日本", "before": image.name},
        {"attribute": "min_ram", "value": 512, "before": 0},
        {"attribute": "__description", "value": "edited “here”", "before": ""},
        {"attribute": "hw_firmware_type", "value": "uefi", "before": None},
        {"attribute": "own_attribute", "value": "1", "before": None},
    ]
    done(act(ActionKind.EDIT, image, item={"changes": changes}))
    held = document(witness, image.image_id)
    assert (held["name"], held["min_ram"], held["description"]) == ("Größe & 日本", 512, "edited “here”")
    assert (held["hw_firmware_type"], held["own_attribute"]) == ("uefi", "1")
    done(act(ActionKind.EDIT, image, item={"changes": [{"attribute": "own_attribute", "value": None, "before": "1"}]}))
    assert "own_attribute" not in document(witness, image.image_id)
    image.refresh_from_db()
    assert image.name == "Größe & 日本"


def test_somebody_elses_edit_is_not_overwritten(act, alice, image, witness):
    alice.images.update(image.image_id, [replace("name", "hers")])
    operation = act(
        ActionKind.EDIT, image, item={"changes": [{"attribute": "name", "value": "mine", "before": image.name}]}
    )
    assert (operation.state, operation.items.get().error_code) == (OperationState.FAILED, "conflict")
    assert document(witness, image.image_id)["name"] == "hers"


def test_tagged(act, image, witness):
    tags = [{"key": "env", "value": "prod"}, {"key": "bare", "value": ""}, {"key": "a.b", "value": "größer"}]
    done(act(ActionKind.TAG, image, item={"add": tags, "before": {"env": None, "bare": None, "a.b": None}}))
    assert set(document(witness, image.image_id)["tags"]) == {"env=prod", "bare", "a.b=größer"}
    change = {
        "add": [{"key": "env", "value": "test"}],
        "remove": [{"key": "env", "value": "prod"}, {"key": "bare", "value": ""}],
        "before": {"env": "prod", "bare": ""},
    }
    done(act(ActionKind.TAG, image, item=change))
    assert set(document(witness, image.image_id)["tags"]) == {"env=test", "a.b=größer"}
    assert dict(image.tags.values_list("key", "value")) == {"env": "test", "a.b": "größer"}
    last = {"remove": [{"key": "a.b", "value": "größer"}], "before": {"a.b": "größer"}}
    done(act(ActionKind.TAG, image, item=last))
    assert document(witness, image.image_id)["tags"] == ["env=test"]


def test_many_are_tagged(admin, alice, project, witness):
    """With more than a few the cache follows from the calls alone."""
    ids = [new(alice, f"many {number}") for number in range(7)]
    sync_holder(project)
    images = Image.objects.filter(project=project, image_id__in=ids)
    targets = [Target(project, image, image.name, {"before": {"k": None}}) for image in images]
    said = {"add": [{"key": "k", "value": "v"}]}
    operation = submit(actor=admin, kind=ActionKind.TAG, targets=targets, parameters=said, key="many")
    executor.execute(60.0)
    operation.refresh_from_db()
    assert (operation.state, operation.done) == (OperationState.DONE, 7)
    cached, told = in_cache(project), witness.everything()
    assert all(told[one][1]["tags"] == cached[one][1]["tags"] == ["k=v"] for one in ids)
    sync_holder(project)
    assert in_cache(project) == witness.everything()


def test_protected_and_not_deleted_before_that_is_lifted(act, image, witness):
    done(act(ActionKind.PROTECT, image))
    assert document(witness, image.image_id)["protected"] is True
    refused = act(ActionKind.DELETE, image)
    assert refused.state == OperationState.FAILED
    assert refused.items.get().error
    done(act(ActionKind.UNPROTECT, image))
    assert document(witness, image.image_id)["protected"] is False
    done(act(ActionKind.DELETE, image))
    assert image.image_id not in witness.everything()
    assert not Image.objects.filter(image_id=image.image_id).exists()


def test_deleted_twice_is_deleted(act, alice, image):
    alice.images.delete(image.image_id)
    done(act(ActionKind.DELETE, image))


@pytest.mark.parametrize("before", ["shared", "private"])
def test_shared_and_no_longer(act, alice, bob, image, witness, before):
    alice.images.update(image.image_id, [replace("visibility", before)])
    done(act(ActionKind.SHARE, image, project_ids=[bob.project_id]))
    assert document(witness, image.image_id)["visibility"] == "shared"
    assert bob.members.get(image.image_id, bob.project_id).status == "pending"
    kept = Share.objects.filter(image=image).values_list("recipient", "status")
    assert list(kept) == [(bob.project_id, "pending")]
    done(act(ActionKind.SHARE, image, project_ids=[bob.project_id]))  # again is the same
    done(act(ActionKind.UNSHARE, image, project_ids=[bob.project_id]))
    assert not kept.all()
    with pytest.raises(NotFound):
        bob.members.get(image.image_id, bob.project_id)


@pytest.mark.parametrize("status", ["accepted", "rejected"])
def test_answered(act, alice, bob, project, witness, status):
    offered = new(bob, f"offered to be {status}", content=b"x")
    bob.members.add(offered, alice.project_id)
    sync_holder(project)
    row = Image.objects.get(project=project, image_id=offered)
    done(act(ActionKind.ANSWER, row, status=status))
    assert witness.everything()[offered][0] == status
    row.refresh_from_db()
    assert row.member_status == status


NOT_OFFERED = [ActionKind.CREATE, ActionKind.REGISTER, ActionKind.EXPORT, ActionKind.COPY]


@pytest.mark.parametrize("kind", NOT_OFFERED)
def test_what_a_glance_does_not_offer_is_refused_in_words(admin, project, image, kind):
    with pytest.raises(SubmitRefused, match="is served by an OpenStack Glance, which cannot do this"):
        submit(actor=admin, kind=kind, targets=[Target(project, image, "x", {})], key=uuid.uuid4().hex)
    assert not Operation.objects.exists()


def test_every_act_is_offered_or_refused(project):
    assert {kind for kind in ActionKind if not is_offered(kind, project)} == set(NOT_OFFERED)


def test_what_failed_is_tried_again(act, admin, alice, image, witness):
    done(act(ActionKind.PROTECT, image))
    refused = act(ActionKind.DELETE, image)
    alice.images.update(image.image_id, [replace("protected", False)])
    again = retry_failed(actor=admin, operation=refused, key="again")
    executor.execute(60.0)
    again.refresh_from_db()
    assert again.state == OperationState.DONE
    assert image.image_id not in witness.everything()
