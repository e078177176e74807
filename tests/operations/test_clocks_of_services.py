"""A service whose clock is wrong: the effect of a lost creation is recognised all the same, and nobody else's is."""

import uuid

import pytest

from images.cache.services.sync import sync_holder
from images.ims import service_clock
from images.operations.enums import ActionKind
from images.operations.models.operation import OperationItem
from images.operations.services import continuity
from tests.clouds.projects import in_sandbox
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done, own
from tests.sandbox_process import SandboxProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]

DAY = 86_400.0
#: Seconds: behind by more than anything waits, ahead by what one may take for the network; then the other two.
WRONG = [-DAY, 60.0, *(pytest.param(ahead, marks=pytest.mark.lane(minutes=0.02)) for ahead in (-60.0, DAY))]


@pytest.fixture(scope="module", params=WRONG, ids=lambda ahead: f"{ahead:+.0f}s")
def shared_sandbox(request, tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("wrong"), images=20, ahead=request.param) as sandbox:
        yield sandbox


@pytest.fixture(params=["says so", "does not say so"])
def sandbox(shared_sandbox, request, monkeypatch):
    """Either its Date header tells, or there is none (or that of a proxy whose clock is right)."""
    if request.param == "does not say so":
        monkeypatch.setattr(service_clock, "_heard", {})
        monkeypatch.setattr(service_clock, "heard", lambda _host, _date: None)
    yield shared_sandbox
    shared_sandbox.clear_faults()


def named(sandbox, project, name: str) -> list[str]:
    documents = in_sandbox(sandbox, project)
    return [image_id for image_id, (_state, document) in documents.items() if document["name"] == name]


CREATION = {
    "copy": (ActionKind.COPY, "5.4.1", lambda name: {"item": {"name": name}}),
    "metadata": (ActionKind.METADATA, "6.1.6", lambda name: {"name": name, "item": {"fields": {"name": name}}}),
    "create": (
        ActionKind.CREATE,
        "5.1.3",
        lambda name: {
            "name": name,
            "item": {
                "order": "SystemFile",
                "fields": {"name": name, "image_url": "ims-image:centos70.qcow2", "min_disk": 40},
            },
        },
    ),
}


@pytest.mark.parametrize("act", CREATION)
@pytest.mark.parametrize("lost", ["reset_after", "reset_before"])
def test_made_once_beside_another_of_the_same_name(sandbox, project, ask, act, lost):
    """Somebody else made one of that name a moment ago: it is not taken for ours, and ours is not made twice."""
    continuity.unbroken_since()  # as a carrier that has been at work before
    name = f"{act}-{uuid.uuid4().hex}"
    kind, section, asked = CREATION[act]
    [other] = sandbox.create_images(sandbox.env["IMS_PROJECT_ID"], name=name)
    sandbox.fault(operation=section, kind=lost, times=1)
    operation = ask(kind, *([own(project)] if kind == ActionKind.COPY else []), **asked(name))
    assert_done(carried(operation))
    there = named(sandbox, project, name)
    assert len(there) == 2
    made = OperationItem.objects.get(operation=operation).result
    assert made["image_id"] in set(there) - {other}
    assert "known" not in made


def test_a_token_is_kept_for_its_life(sandbox, project):
    sandbox.reset_calls()
    sync_holder(project)
    assert sandbox.calls().get("3.1", 0) <= 1


def test_a_change_is_seen_by_the_next_quick_synchronisation(sandbox, project):
    """What was updated since is asked for by the clock that stamps updates."""
    image = own(project)
    name = uuid.uuid4().hex
    sync_holder(project)
    sandbox.patch_image(image.image_id, name=name)
    sync_holder(project)
    image.refresh_from_db()
    assert image.name == name
