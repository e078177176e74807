"""I4: what the tables of 5.1.3 to 5.1.5 let somebody say can be said in the wizard, and comes to the image."""

import re

import pytest
import requests

from images.making.forms.create import CreateForm
from images.making.forms.sources import SOURCES
from images.making.services.creating import CreationProjects
from images.operations.models.operation import Operation
from images.tags.models.policy import TagPolicy
from tests import factories
from tests.clouds.projects import in_sandbox
from tests.making.test_wizard import CENTOS, DISK, SERVER, client, errors, typed  # noqa: F401 # client is a fixture
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done

KEY = "bd66288c-9081-460a-8227-4cbd0c814cb4"


@pytest.fixture
def make(sandbox, project, client, quick):  # noqa: F811 # the fixture that was imported
    """From the form through its preview to the images of the sandbox, by name."""

    def made(slug: str, name: str, **more: str) -> dict[str, dict]:
        path = f"/images/create/?from={slug}"
        preview = client.post(path, typed(slug, project, name, **more))
        assert preview.status_code == 200, preview.content.decode()
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', preview.content.decode()))
        assert client.post(path, hidden | {"confirm": "1"}).status_code == 302
        assert_done(carried(Operation.objects.get()))
        return {document["name"]: document for _state, document in in_sandbox(sandbox, project).values()}

    return made


@pytest.mark.django_db(transaction=True)
class TestItComesToTheImage:
    @pytest.mark.parametrize("slug", ["file", "quick", "volume"])
    def test_for_bare_metal(self, make, slug):
        """I4: `type` BMS."""
        assert make(slug, f"bare {slug}", type="BMS")[f"bare {slug}"]["virtual_env_type"] == "Ironic"

    def test_another_family(self, make):
        """I4: `os_type` Other."""
        assert make("file", "beos", os_version="", os_type="Other")["beos"]["__os_type"] == "Other"

    def test_quick_import_of_a_system_disk_with_data_disks(self, make):
        """I4: `is_quick_import` of the system disk and of each data disk; what an entry says wins over the request."""
        images = make(
            "file", "root disk", image_url="ims-image:centos70.raw", is_quick_import="on", is_config="",
            description="for all", tag_0_key="team", tag_0_value="web", min_ram="1024", max_ram="4096", cmk_id=KEY,
            row_0_image_url="ims-image:centos70.zvhd2", row_0_min_disk="2048", row_0_name="first data",
            row_0_is_quick_import="on", row_0_description="its own", row_0_tags="team=data, golden",
            row_1_image_url="ims-image:data.qcow2", row_1_min_disk="60", row_1_name="second data",
        )  # fmt: skip
        root, first, second = images["root disk"], images["first data"], images["second data"]
        assert (root["min_ram"], root["max_ram"], root["__system__cmkid"]) == (1024, "4096", KEY)
        assert (first["min_disk"], first["__description"], sorted(first["tags"])) == (
            2048, "its own", ["golden", "team=data"],
        )  # fmt: skip
        assert (second["__description"], second["tags"]) == ("for all", ["team=web"])
        assert {first["virtual_env_type"], second["virtual_env_type"]} == {"DataImage"}

    def test_six_disks_each_with_its_words(self, sandbox, project, make):
        """I4: more than five disks of a server, with description and tags per disk (table 5-5)."""
        disks = [DISK, *(f"d15c0000-0000-4000-8000-00000000000{number}" for number in range(1, 6))]
        for disk in disks[1:]:
            thing = {"kind": "volume", "id": disk, "facts": {"server_id": SERVER, "project_id": project.project_id}}
            requests.put(f"{sandbox.base_url}/_sandbox/things", json=thing, timeout=10).raise_for_status()
        rows = {f"row_{place}_volume_id": disk for place, disk in enumerate(disks)}
        rows |= {f"row_{place}_name": f"six {place}" for place in range(6)}
        rows |= {"row_5_description": "the last", "row_5_tags": "env=prod"}
        images = make("disks", "", description="one of six", tag_0_key="team", **rows)
        assert [images[f"six {place}"]["__description"] for place in (0, 5)] == ["one of six", "the last"]
        assert [images[f"six {place}"]["tags"] for place in (0, 5)] == [["team"], ["env=prod"]]


@pytest.mark.django_db
class TestWhatCannotBeIsSaidAtItsField:
    @pytest.fixture
    def project(self):
        return factories.project()

    @pytest.mark.parametrize(
        ("slug", "more", "field", "code"),
        [
            ("file", {"type": "BMS", "cmk_id": KEY}, "cmk_id", "0118"),
            ("file", {"is_quick_import": "on", "image_url": "b-1:a.qcow2"}, "image_url", "0072"),
            ("file", {"is_quick_import": "on", "image_url": "b-1:a.raw", "os_version": ""}, "os_version", "0056"),
            ("file", {"row_0_image_url": "b-1:d.qcow2", "row_0_min_disk": "1", "row_0_is_quick_import": "on"},
             "row_0_image_url", "0072"),
            ("file", {"row_2_image_url": "b-1:d.raw", "row_2_min_disk": "2049"}, "row_2_min_disk", "0055"),
            ("file", {"row_1_image_url": "b-1:d.raw", "row_1_min_disk": "1", "row_1_tags": "k=" + "v" * 44},
             "row_1_tags", "0115"),
            ("file", {"row_1_image_url": "b-1:d.raw", "row_1_min_disk": "1", "row_1_description": "<"},
             "row_1_description", "0054"),
            ("disks", {"row_1_tags": "a b=c"}, "row_1_tags", "0115"),
            ("disks", {"row_1_description": "<b>"}, "row_1_description", "0054"),
            ("quick", {"architecture": "arm", "min_disk": "1025"}, "min_disk", "0055"),
        ],
    )  # fmt: skip
    def test_with_its_code(self, client, project, slug, more, field, code):  # noqa: F811
        """I4: the rule speaks at the field."""
        found = errors(client.post(f"/images/create/?from={slug}", typed(slug, project, **more)))
        assert list(found) == [field]
        assert f"IMG.{code}" in found[field]

    def test_another_disk_keeps_the_typing_and_judges_nothing(self, client, project):  # noqa: F811
        """I4: rows grow without scripts, too."""
        page = client.post("/images/create/?from=disks", typed("disks", project, row_4_name="n<o", more="1"))
        text = page.content.decode()
        assert page.status_code == 200
        assert 'value="n&lt;o"' in text
        assert f'value="{DISK}"' in text
        assert re.search(r'<input[^>]*name="row_5_volume_id"[^>]*autofocus', text)
        assert 'name="row_6_volume_id"' not in text
        full = client.post("/images/create/?from=disks", typed("disks", project, row_59_name="x", more="1"))
        assert 'id="more"' not in full.content.decode()

    def test_a_binding_policy_is_about_each_disk(self, client, project):  # noqa: F811
        """I4: tags of a disk replace those of the request, and have to keep the policy as well."""
        TagPolicy.objects.create(
            project=project, binding=True, version=1, rules=[{"key": "env", "need": "required", "values": ["prod"]}]
        )
        asked = typed("disks", project, tag_0_key="env", tag_0_value="prod", row_1_tags="env=test")
        assert list(errors(client.post("/images/create/?from=disks", asked))) == ["row_1_tags"]
        asked = typed("disks", project, row_1_tags="env=prod")
        assert client.post("/images/create/?from=disks", asked).status_code == 200


#: What the tables let a request say: 5.1.3 (tables before 5-5 and 5-6), 7.1, 5.1.4, 5.1.5. Tags go as image_tags, for a
#: full stop in a key would be ambiguous (9.2); `type` of an ISO file and of a quick data disk has one value.
PARAMETERS = {
    "server": "name description instance_id max_ram min_ram",
    "disks": "description",
    "file": "name description os_type os_version image_url min_disk is_config cmk_id max_ram min_ram is_quick_import "
    "type",
    "iso": "name description image_url os_type os_version min_disk",
    "volume": "name description volume_id type os_version",
    "quick": "name description os_version image_url min_disk type architecture",
    "quick-data": "name description os_type image_url min_disk",
    "whole-server": "name description instance_id max_ram min_ram",
    "whole-backup": "name description backup_id max_ram min_ram",
}
#: Tables 5-5 and 5-6.
ROWS = {
    "disks": "name volume_id description tags",
    "file": "name description image_url min_disk is_quick_import tags",
}


@pytest.mark.parametrize("slug", PARAMETERS)
def test_every_parameter_has_its_input(slug):
    """I4: nothing that a table of the reference names is missing from the form, and nothing else is asked for."""
    form = CreateForm(None, SOURCES[slug], CreationProjects((), ()))
    said = {name for name in form.fields if not name.startswith(("row_", "tag_"))}
    assert said - {"project", "key"} == set(PARAMETERS[slug].split())
    assert {name.removeprefix("row_0_") for name in form.fields if name.startswith("row_0_")} == set(
        ROWS.get(slug, "").split()
    )


def test_no_source_is_left_out():
    assert {slug for slug, source in SOURCES.items() if source.order} == set(PARAMETERS)
