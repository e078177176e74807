"""What was asked for and what came of it, on the page of every kind of operation."""

import pytest
from django.urls import reverse

from images.cache.models.image import Image
from images.ims import orders
from images.operations.actions.making import ORDERS
from images.operations.enums import ActionKind
from images.operations.tables.asked import asked_of
from tests.catalogue.test_act_views import text
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done, own
from tests.operations.test_making_and_sharing import FILE, OTHER_PROJECT, SERVER

KEY = "bd66288c-9081-460a-8227-4cbd0c814cb4"


def said(kind: str, parameters: dict[str, object]) -> str:
    return " | ".join(f"{one.label}: {one.text}" for one in asked_of(kind, parameters))


@pytest.mark.parametrize(
    ("kind", "parameters", "words"),
    [
        ("export", {"bucket_url": "b:web.vhd", "bucket": "b", "file_format": "vhd", "quick": False},
         "Bucket: b | File: web.vhd | Format: vhd"),
        ("export", {"bucket_url": "b:web", "file_format": None, "quick": True},
         "Bucket: b | File: web | Format: that of the image, by fast export"),
        ("copy", {"name": "c", "description": "d", "cmk_id": "k"}, "Name: c | Encryption key: k | Description: d"),
        ("copy", {"name": "c", "description": None, "cmk_id": ""}, "Encryption: not encrypted | Name: c"),
        ("delete", {"delete_backup": True}, "Backups of full-ECS images: deleted, too"),
        ("delete", {"delete_backup": None}, ""),
        ("register", {"image_url": "b:f.iso"}, "File in OBS: b:f.iso"),
        ("answer", {"status": "accepted"}, "Answer: accepted"),
        ("metadata", {"fields": {"name": "m", "disk_format": "qcow2", "min_disk": 1024, "protected": True,
                                 "attributes": {"__os_version": "CentOS 7.0 64bit"}}},
         "Name: m | Minimum disk: 1,024 GB | Disk format: qcow2 | Protected: yes | __os_version: CentOS 7.0 64bit"),
        ("edit", {"changes": [], "force": True}, "What others changed meanwhile: is overwritten"),
        ("create", {"order": "DataDisks", "fields": {"disks": [{"name": "d-1", "volume_id": "v-1"}],
                                                     "tags": [{"key": "a", "value": "b"}, {"key": "c", "value": ""}]}},
         "Made from: data disks of a server | Tags: a=b, c | Data disk: d-1: v-1"),
    ],
)  # fmt: skip
def test_what_was_asked_for(kind, parameters, words):
    """I5: export, copy, and every other kind."""
    assert said(kind, parameters) == words


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_no_parameter_of_a_creation_is_left_out(order):
    """I5: whatever an order of the client can ask for is told, also what it learns later."""
    names = [one.name for one in orders.fields(ORDERS[order]) if one.name not in orders._DIRECTIONS | {"disks"}]
    values = {name: f"the {name}" for name in names}
    told = said("create", {"order": order, "fields": values})
    assert [name for name in names if values[name] not in told] == []


def test_what_an_undo_takes_back_is_a_link():
    [one] = asked_of("tag", {"undoes": 7, "add": [], "remove": []})
    assert (one.label, one.url) == ("Takes back", reverse("images:operation", args=[7]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
class TestOnThePage:
    @pytest.fixture
    def shown(self, client, operator):
        client.force_login(operator)

        def page(operation) -> tuple[str, str]:
            response = client.get(reverse("images:operation", args=[operation.pk]))
            return text(response), response.content.decode()

        return page

    def test_an_export(self, sandbox, project, ask, shown):
        """I5: bucket, file and format, and what lies there now."""
        item = {"bucket_url": "ims-image:page.qcow2"}
        operation = carried(ask(ActionKind.EXPORT, own(project, size__lt=2**33), item=item, file_format="qcow2"))
        assert_done(operation)
        words, _page = shown(operation)
        for part in ("Bucket ims-image", "File page.qcow2", "Format qcow2", "File in OBS ims-image:page.qcow2"):
            assert part in words

    @pytest.mark.parametrize("key", ["", KEY])
    def test_a_copy(self, sandbox, project, ask, shown, key):
        """I5: name, key, region, and a link to the copy."""
        name = f"copied {key[:4]}".strip()
        operation = carried(ask(ActionKind.COPY, own(project), item={"name": name, "cmk_id": key}))
        assert_done(operation)
        copy = Image.objects.get(project=project, name=name)
        words, page = shown(operation)
        assert f'<a href="{reverse("images:detail", args=[copy.pk])}">{name}</a>' in page
        assert f"Region {project.region.name}" in words
        assert (f"Encrypted with the key {key}" if key else "Encryption not encrypted") in words

    def test_an_import(self, sandbox, project, ask, shown):
        fields = {"name": "imported", "image_url": FILE, "min_disk": 40, "os_version": "CentOS 7.0 64bit"}
        operation = carried(ask(ActionKind.CREATE, name="imported", item={"order": "SystemFile", "fields": fields}))
        words, page = shown(operation)
        assert f"File in OBS {FILE}" in words
        assert "Minimum disk 40 GB" in words
        image = Image.objects.get(project=project, name="imported")
        assert f'href="{reverse("images:detail", args=[image.pk])}"' in page

    def test_an_image_of_a_server_that_is_still_being_made(self, sandbox, project, ask, shown):
        fields = {"name": "to come", "instance_id": SERVER}
        operation = ask(ActionKind.CREATE, name="to come", item={"order": "SystemDisk", "fields": fields})
        assert f"Server {SERVER}" in shown(operation)[0]

    def test_a_share(self, sandbox, project, ask, shown):
        operation = carried(ask(ActionKind.SHARE, own(project), item={"project_ids": [OTHER_PROJECT]}))
        assert reverse("images:recipient", args=[OTHER_PROJECT]) in shown(operation)[1]
