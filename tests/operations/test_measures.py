"""Wherever a failure shows, so do its measure and the service's own id of the request, to be copied."""

import re

import pytest
from django.urls import reverse

from images.cache.services.sync import SyncFailed, sync_holder
from images.ims import lookup
from images.operations.enums import ActionKind, OperationState
from images.operations.models.operation import OperationItem
from tests.catalogue.test_act_views import text
from tests.clouds.projects import project_of
from tests.operations.fixtures import carried
from tests.operations.test_acts import own
from tests.operations.test_views import make

TAGS = {"add": [{"key": "a", "value": "b"}], "remove": [], "before": {"a": None}}
NAMES = {"changes": [{"attribute": "name", "value": "new", "before": "old"}]}


def failed(admin, kind: str, code: str, parameters: dict[str, object]) -> OperationItem:
    operation = make(admin, "failed", kind=kind, state=OperationState.FAILED)
    sent = {"error_code": code, "error": "It said no.", "upstream_request_id": "req-4711", "parameters": parameters}
    OperationItem.objects.filter(operation=operation).update(**sent, finished_at=operation.finished_at)
    return operation.items.get()


def copies(page: str) -> list[str]:
    """What can be copied: the text of each element that a copy button names."""
    return [
        found[1].strip()
        for name in re.findall(r'data-copy="([^"]+)"', page)
        if (found := re.search(rf'id="{re.escape(name)}"[^>]*>([^<]*)<', page))
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "code", "parameters", "address"),
    [
        ("tag", "IMG.0116", TAGS, "images:tags"),
        ("edit", "IMG.0046", NAMES, "images:detail"),
        ("tag", "IMG.0116", TAGS, "images:detail"),
    ],
)
def test_on_the_image_itself(as_admin, admin, kind, code, parameters, address):
    """I7: the tag editor, and an attribute beside its pencil."""
    item = failed(admin, kind, code, parameters)
    response = as_admin.get(reverse(address, args=[item.image_id]))
    row = lookup(code)
    assert row is not None
    assert row.measure in text(response)
    assert "req-4711" in copies(response.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["IMG.0057", "HTTP 403", "HTTP 500"])
def test_among_the_operations_of_an_image_and_on_their_own_page(as_admin, admin, code):
    """I6: "Contact technical support." comes with what support asks for; I7: a 403 without a code."""
    item = failed(admin, "edit", code, NAMES)
    for address in (
        reverse("images:operation", args=[item.operation_id]),
        reverse("images:detail", args=[item.image_id]) + "?tab=operations",
    ):
        response = as_admin.get(address)
        row = lookup(code)
        measure = row.measure if row else {"HTTP 403": "Ask the administrator", "HTTP 500": "Try again later"}[code]
        assert measure in text(response), address
        assert "req-4711" in copies(response.content.decode()), address


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_a_403_of_an_export_names_actions_and_the_right_at_obs(sandbox, project, ask, client, operator):
    """I3: as the service refuses it, with IMG.0026 and with no code at all."""
    client.force_login(operator)
    for body in (True, False):
        sandbox.fault(operation="5.1.7", kind="status", status=403, code="IMG.0026", body=body, times=1)
        image = own(project, size__lt=2**33)
        operation = carried(ask(ActionKind.EXPORT, image, item={"bucket_url": f"ims-image:no-{body}.qcow2"}))
        assert operation.state == OperationState.FAILED
        page = text(client.get(reverse("images:operation", args=[operation.pk])))
        assert "ims:images:get and ims:images:export, and for OBS the permission Tenant Administrator" in page
        assert "Ask the administrator of the account" in page


@pytest.mark.django_db(transaction=True)
def test_on_the_page_of_a_project_and_among_the_accounts(sandbox, as_admin):
    """I7: IMG.0026 on a project: which action is missing, what to do, and the request."""
    project = project_of(sandbox)
    sandbox.fault(operation="*", kind="status", status=403, code="IMG.0026", match="images")
    with pytest.raises(SyncFailed):
        sync_holder(project)
    project.refresh_from_db()
    assert project.error_code == "IMG.0026"
    for address in (reverse("images:project", args=[project.pk]), reverse("images:accounts")):
        response = as_admin.get(address)
        assert "It takes the IAM action ims:images:list." in text(response)
        assert "Ask the administrator of the account" in text(response)
        assert project.error_request_id in copies(response.content.decode())
    sandbox.clear_faults()
    sync_holder(project)
    project.refresh_from_db()
    assert (project.error, project.error_code, project.error_request_id) == ("", "", "")
