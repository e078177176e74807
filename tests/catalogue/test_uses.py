"""I9: "Use it" says what each kind of image is for: 7.1 step by step for an ISO image, a disk for a data disk image."""

import html
import json
import re
import shlex

import pytest
from django.utils import timezone

from images.cache.models.image import Image
from images.clouds.models import Region
from tests import factories


@pytest.fixture
def project(db):
    return factories.project()


@pytest.fixture
def shown(project, as_admin):
    """The texts to copy on the tab of an image with these attributes, by the words above each; and the page."""

    def of(kind: str = "ims", **attributes) -> tuple[dict[str, str], str]:
        project.kind = kind
        project.save(update_fields=["kind"])
        data = factories.document(1, project.project_id) | {"min_disk": 60} | attributes
        factories.put(project, data)
        image = Image.objects.get(image_id=data["id"])
        page = html.unescape(as_admin.get(f"/images/{image.pk}/?tab=use").content.decode())
        texts = dict(re.findall(r"<h2>([^<]+)</h2>.*?<code[^>]*>(.*?)</code>", page, re.DOTALL))
        return texts, page

    return of


def body_of(code: str) -> dict:
    words = shlex.split(code.replace("\\\n", " "))
    return json.loads(words[words.index("--data") + 1])


ISO = {"virtual_env_type": "IsoImage", "disk_format": "iso", "__os_version": "CentOS 7.0 64bit"}


def test_an_iso_image_is_installed_from_in_the_steps_of_7_1(shown, project):
    """I9: the request of step 3 of 7.1 as it is printed there, and that of step 4."""
    texts, page = shown(**ISO)
    steps = [words for words in texts if words[0].isdigit()]
    assert [words[:2] for words in steps] == ["1.", "2.", "3."]
    server = body_of(texts[steps[0]])["server"]
    assert set(server) == {
        "imageRef", "flavorRef", "name", "vpcid", "nics", "root_volume", "data_volumes", "availability_zone",
        "metadata", "extendparam",
    }  # fmt: skip
    assert (server["metadata"], server["extendparam"]) == ({"virtual_env_type": "IsoImage"}, {"diskPrior": "true"})
    assert server["root_volume"]["size"] == server["data_volumes"][0]["size"] == 60
    assert f"/v1/{project.project_id}/cloudservers" in texts[steps[0]]
    wanted = body_of(texts[steps[2]])
    assert (wanted["type"], wanted["os_version"], wanted["volume_id"]) == ("ECS", "CentOS 7.0 64bit", "DISK_ID")
    assert "/v2/cloudimages/action" in texts[steps[2]]
    assert "server create" not in page


def test_its_last_step_leads_to_the_form_filled_in(shown, as_admin, project):
    """I9: version and project stand there already."""
    _texts, page = shown(**ISO)
    link = re.search(r'href="(/images/create/\?from=volume[^"]*)"', page)[1]
    form = as_admin.get(link).content.decode()
    assert 'value="CentOS 7.0 64bit"' in form
    assert re.search(rf'<option value="{project.pk}" selected', form)


def test_a_data_disk_image_becomes_a_disk(shown):
    """I9: never a server."""
    texts, page = shown(virtual_env_type="DataImage", __os_type="Linux")
    assert "volume create" in texts["A disk"]
    assert "--size 60" in texts["A disk"]
    assert body_of(texts["A disk, by HTTP"])["volume"]["size"] == 60
    assert "server create" not in page


def test_bare_metal_needs_a_physical_flavor(shown):
    """I9"""
    texts, _page = shown(virtual_env_type="Ironic")
    assert "--flavor physical." in texts["A bare metal server"]
    assert "__type_baremetal" in texts["A bare metal server"]


def test_a_full_ecs_image_goes_by_the_call_that_takes_it(shown):
    """I9: OpenStack's own call knows no full-ECS images."""
    texts, page = shown(__whole_image=True)
    server = body_of(texts["A server with all its disks"])["server"]
    assert "data_volumes" not in server
    assert server["root_volume"]["size"] == 60
    assert "server create" not in page


@pytest.mark.parametrize(("kind", "words"), [("ims", "A server"), ("openstack", "A server")])
def test_an_ordinary_image_makes_a_server(shown, kind, words):
    """I9"""
    texts, _page = shown(kind, virtual_env_type="FusionCompute")
    assert "server create" in texts[words]


def test_an_iso_of_a_plain_glance_knows_nothing_of_ims(shown):
    """I9: in that service's own terms."""
    texts, page = shown("openstack", disk_format="iso")
    assert "volume create" in texts["Install from it"]
    assert "image create" in texts["Install from it"]
    assert "cloudimages" not in page.split('id="tab"')[1]


def test_nobody_is_told_the_project_of_a_public_image(shown, as_admin, project):
    """I9: it has none; a placeholder stands there."""
    texts, _page = shown(**ISO)
    image = Image.objects.get()
    Image.objects.filter(pk=image.pk).update(project=None)
    Region.objects.update(published_at=timezone.now())
    page = html.unescape(as_admin.get(f"/images/{image.pk}/?tab=use").content.decode())
    assert "/v1/PROJECT_ID/cloudservers" in page
    assert texts
