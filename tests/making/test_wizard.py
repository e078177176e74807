"""The wizard from the form to the finished image in the sandbox, one test for each source; and what it refuses."""

import re
import uuid

import pytest
from django.test import Client

from images.cache.models.image import Image
from images.ims.quotas import Quota
from images.making.forms.sources import SOURCES
from images.operations.models.operation import Operation
from images.quotas.services.headroom import Room
from tests import factories
from tests.clouds.projects import in_sandbox
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done

SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
DISK = "b0c1d2e3-f405-4617-8829-3a4b5c6d7e10"
BACKUP = "ce5a10de-7d4a-4f39-8d25-603f0354a6f0"
CENTOS = "CentOS 7.0 64bit"

TYPED = {
    "server": {"instance_id": SERVER, "min_ram": "1024", "tag_0_key": "made", "tag_0_value": "here"},
    "disks": {"row_1_volume_id": DISK},
    "volume": {"volume_id": SERVER, "os_version": CENTOS},
    "file": {"image_url": "ims-image:centos70.qcow2", "min_disk": "40", "os_version": CENTOS, "is_config": "on"},
    "iso": {"image_url": "ims-image:centos70.iso", "min_disk": "40", "os_version": CENTOS},
    "quick": {"image_url": "ims-image:centos70.zvhd2", "min_disk": "40", "os_version": CENTOS, "architecture": "x86"},
    "quick-data": {"image_url": "ims-image:centos70.zvhd2", "min_disk": "40", "os_type": "Linux"},
    "whole-server": {"instance_id": SERVER},
    "whole-backup": {"backup_id": BACKUP},
    "register": {"image_url": "ims-image:centos70.vmdk", "min_disk": "40", "tag_0_key": "made", "tag_0_value": "here"},
    "empty": {"os_version": CENTOS, "protected": "on"},
}


@pytest.fixture
def client(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def typed(slug: str, project, name: str = "", **more: str) -> dict[str, str]:
    name = name or f"wizard {slug}"
    called = {"row_1_name": name} if slug == "disks" else {"name": name}
    return {"project": str(project.pk), "key": uuid.uuid4().hex, **called, **TYPED[slug], **more}


def errors(response) -> dict[str, str]:
    assert response.status_code == 422
    assert not Operation.objects.exists()
    return {field: " ".join(words) for field, words in response.context["form"].errors.items()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("slug", [slug for slug in SOURCES if slug != "upload"])
def test_from_the_form_to_the_image(sandbox, project, client, slug):
    path, data = f"/images/create/?from={slug}", typed(slug, project)
    preview = client.post(path, data)
    assert preview.status_code == 200
    assert not Operation.objects.exists()
    assert re.search(r"<dt>Quota of images</dt>\s*<dd>\s*(no limit|\d+ of \d+ left)", preview.content.decode())
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', preview.content.decode()))
    answer = client.post(path, hidden | {"confirm": "1"})
    assert client.post(path, hidden | {"confirm": "1"}).url == answer.url  # pressed twice
    operation = Operation.objects.get()
    assert answer.url == f"/operations/{operation.pk}/"
    assert_done(carried(operation))
    image = Image.objects.get(project=project, name=f"wizard {slug}")
    assert in_sandbox(sandbox, project)[image.image_id][1]["status"] == ("queued" if slug == "empty" else "active")
    assert image.protected is (slug == "empty")
    if slug in ("server", "register"):
        assert list(image.tags.values_list("key", "value")) == [("made", "here")]


@pytest.mark.django_db
class TestRules:
    """They stand at the fields, with the code of IMS; what was typed is kept and nothing is begun."""

    @pytest.fixture
    def project(self):
        return factories.project()

    def test_each_at_its_field(self, client, project):
        data = typed(
            "file", project, " no", image_url="x", min_disk="4000", os_version="DOS", min_ram="-1",
            row_1_name="second", row_1_image_url="bucket:b.txt", row_1_min_disk="9", tag_2_key="a=b",
        )  # fmt: skip
        found = errors(client.post("/images/create/?from=file", data))
        codes = {"name": "0003", "image_url": "0017", "min_disk": "0055", "os_version": "0056", "min_ram": "0055"}
        codes |= {"row_1_image_url": "0072", "tag_2_key": "0115"}
        assert {field: re.findall(r"IMG\.(\d+)", words)[0] for field, words in found.items()} == codes

    def test_typing_is_kept(self, client, project):
        page = client.post("/images/create/?from=server", typed("server", project, "n<o")).content.decode()
        assert 'value="n&lt;o"' in page
        assert f'value="{SERVER}"' in page

    def test_a_disk_needs_its_name_and_somebody_has_to_name_one(self, client, project):
        found = errors(client.post("/images/create/?from=disks", typed("disks", project, row_1_name="")))
        assert "IMG.0013" in found["row_1_name"]
        found = errors(
            client.post("/images/create/?from=disks", typed("disks", project, row_1_name="", row_1_volume_id=""))
        )
        assert list(found) == ["row_0_volume_id"]

    def test_a_project_of_somebody_else(self, client, project):
        factories.project("other", "eu-west-1").__class__.objects.filter(name="other").update(enabled=False)
        other = project.__class__.objects.get(name="other")
        assert list(errors(client.post("/images/create/?from=server", typed("server", other)))) == ["project"]

    def test_only_fields_that_apply(self, client, project):
        page = client.get("/images/create/?from=volume").content.decode()
        assert 'name="volume_id"' in page
        assert 'name="image_url"' not in page
        assert client.get("/images/create/?from=nothing").status_code == 404

    def test_change_something_goes_back_with_the_typing(self, client, project):
        page = client.post("/images/create/?from=server", typed("server", project, change="1"))
        assert (page.status_code, page.templates[0].name) == (200, "making/create_form.html")
        assert SERVER in page.content.decode()

    def test_a_name_in_use_is_told(self, client, project):
        factories.put(project, factories.document(1, project.project_id, name="golden"))
        page = client.post("/images/create/?from=server", typed("server", project, "golden"))
        assert page.context["taken"] == ["golden"]

    def test_an_unknown_quota_stops_nobody(self, client, project):
        page = client.post("/images/create/?from=server", typed("server", project)).content.decode()
        assert re.search(r"<dt>Quota of images</dt>\s*<dd>\s*not known:\s", page)
        assert 'id="confirm"' in page

    def test_no_room_is_told_before(self, client, project, monkeypatch):
        monkeypatch.setattr("images.making.views.create.room_in", lambda _project: Room(Quota("image", 100, 100)))
        page = client.post("/images/create/?from=server", typed("server", project)).content.decode()
        assert "The project has no room for this" in page
        assert "100 of the 100 images" in page

    def test_openstack_makes_none(self, client, project):
        project.__class__.objects.update(kind="openstack")
        page = client.get("/images/create/").content.decode()
        assert "from=upload" in page
        assert "from=server" not in page

    def test_the_list_leads_here_and_who_may_not_reads_why(self, client, project, as_viewer):
        assert 'href="/images/create/"' in client.get("/images/").content.decode()
        refused = as_viewer.get("/images/create/")
        assert refused.status_code == 403
        assert "You may not create images" in refused.content.decode()
