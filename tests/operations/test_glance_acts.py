"""What a Glance lets change is changed in its own types; what it refuses is told with its reason, once."""

import re

import pytest
from django.urls import reverse

from images.cache.models.image import Image, ImageChange
from images.cache.services.sync import sync_holder
from images.clouds.models import Project, ServiceDescription
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.consent import ConsentPolicy
from images.operations.models.operation import Operation
from images.operations.services import Target, executor, submit
from images.operations.services.selection import why_not
from tests.catalogue.test_act_views import hidden, text
from tests.clouds.small_glance import ME, OTHER, SmallGlance, moment
from tests.ims.server import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


@pytest.fixture
def glance():
    with SmallGlance() as running:
        yield running


@pytest.fixture
def project(glance) -> Project:
    return glance.project()


def synchronised(project: Project) -> dict[str, Image]:
    """By name: the project's images and those of the region."""
    sync_holder(project)
    sync_holder(project.region)
    return {image.name: image for image in Image.objects.all()}


def key_of(response) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', response.content.decode())[1]


def in_place(client, image: Image, name: str, value: str):
    """As the pencil beside an attribute, then carried out."""
    url = f"{reverse('images:field', args=[image.pk])}?name={name}"
    page = client.get(url)
    assert page.status_code == 200, name
    form = page.content.decode().partition('class="fact-form"')[2]
    before = dict(re.findall(r'name="(before_\w+)"\s+value="([^"]*)"', form))
    (field,) = (one.removeprefix("before_") for one in before)
    answer = client.post(url, {"key": key_of(page), field: value} | before)
    executor.execute(30.0)
    return answer


def done() -> None:
    item = Operation.objects.first().items.get()
    assert (item.state, item.error) == (ItemState.DONE, "")


# --- attributes in the service's own types (O5, O6, O7) ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "typed", "sent"),
    [
        ("os_hidden", "false", False),
        ("min_disk", "20", 20),
        ("visibility", "community", "community"),
        ("architecture", "aarch64", "aarch64"),
        ("name", "Größe (neu) 1", "Größe (neu) 1"),
        ("name", "Ubuntu 24.04 (new)", "Ubuntu 24.04 (new)"),
        ("description", "with <marks> & more", "with <marks> & more"),
        ("hw_boot_menu", "yes", "yes"),
    ],
)
def test_each_attribute_in_place(as_admin, glance, project, name, typed, sent):
    """O5, O6, O7."""
    image_id = glance.add("web", os_hidden=True, hw_boot_menu="no")
    image = synchronised(project)["web"]
    assert in_place(as_admin, image, name, typed).status_code == 302
    done()
    assert glance.images[image_id][name] == sent
    assert type(glance.images[image_id][name]) is type(sent)
    image.refresh_from_db()
    assert image.attributes[name] == sent


@pytest.mark.parametrize(("name", "typed"), [("visibility", "mine"), ("min_disk", "many"), ("name", "n" * 256)])
def test_other_values_are_refused_at_the_field(as_admin, glance, project, name, typed):
    glance.add("web")
    image = synchronised(project)["web"]
    assert in_place(as_admin, image, name, typed).status_code == 422
    assert not Operation.objects.exists()


def test_a_choice_is_offered_where_the_service_names_the_values(as_admin, glance, project):
    glance.add("web")
    image = synchronised(project)["web"]
    page = as_admin.get(f"{reverse('images:field', args=[image.pk])}?name=visibility").content.decode()
    assert re.findall(r'<option value="([a-z]*)"', page) == ["", "community", "public", "private", "shared"]


def test_what_is_read_only_has_no_form(as_admin, glance, project):
    glance.add("web")
    image = synchronised(project)["web"]
    for name in ("status", "size", "id", "checksum", "disk_format"):
        assert as_admin.get(f"{reverse('images:field', args=[image.pk])}?name={name}").status_code == 404


def test_many_at_once_are_typed_too(as_admin, glance, project):
    """O5."""
    ids = [glance.add(f"web {number}", os_hidden=True) for number in range(3)]
    pks = [image.pk for image in synchronised(project).values()]
    url = "/images/act/edit/"
    for attribute, value in (("os_hidden", "false"), ("min_disk", "7"), ("visibility", "private")):
        typed = {"attribute": attribute, "attribute_value": value}
        answer = as_admin.post(url, hidden(as_admin.post(url, {"image": pks})) | typed)
        assert answer.status_code == 302, text(answer)
        executor.execute(30.0)
    assert [(one["os_hidden"], one["min_disk"], one["visibility"]) for one in map(glance.images.get, ids)] == [
        (False, 7, "private")
    ] * 3
    names = {"name_pattern": "{name} (neu) ü"}
    as_admin.post(url, hidden(as_admin.post(url, {"image": pks})) | names)
    executor.execute(30.0)
    assert sorted(one["name"] for one in glance.images.values()) == [f"web {number} (neu) ü" for number in range(3)]


def test_an_edit_is_taken_back_in_the_same_types(as_admin, glance, project):
    image_id = glance.add("web", min_disk=5)
    image = synchronised(project)["web"]
    for name, value in (("min_disk", "20"), ("os_hidden", "true")):
        in_place(as_admin, image, name, value)
        operation = Operation.objects.first()
        undo = {"key": "0" * 31 + name[0], "operation": operation.pk}
        as_admin.post(f"{reverse('images:field_undo', args=[image.pk])}?name={name}", undo)
        executor.execute(30.0)
    assert (glance.images[image_id]["min_disk"], glance.images[image_id]["os_hidden"]) == (5, False)


def test_the_whole_form_shows_what_this_service_has(as_admin, glance, project):
    glance.add("web", min_disk=5, colour="red")
    image = synchronised(project)["web"]
    page = as_admin.get(reverse("images:edit", args=[image.pk]))
    inputs = set(re.findall(r'<(?:input|select|textarea)[^>]*name="([a-z_]+)"', page.content.decode()))
    assert {"name", "own_visibility", "own_os_hidden", "own_min_disk", "own_architecture", "own_colour"} <= inputs
    assert not {"max_ram", "own_protected", "own_status"} & inputs
    assert "At most 255 characters" in text(page)
    assert "Compatibility" not in text(page)


def test_to_give_an_image_to_everybody_wants_what_sharing_wants(as_admin, glance, project):
    """Else an edit would go round a second person's consent."""
    image_id = glance.add("web", visibility="private")
    image = synchronised(project)["web"]
    ConsentPolicy.objects.create(project=project, for_share=True)
    in_place(as_admin, image, "visibility", "community")
    assert Operation.objects.get().state == OperationState.APPROVAL
    assert glance.images[image_id]["visibility"] == "private"


def test_the_schema_is_read_with_the_region(glance, project):
    glance.add("web")
    synchronised(project)
    assert ServiceDescription.objects.get(region=project.region).image_schema
    asked = glance.calls("GET", "/v2/schemas/image")
    sync_holder(project.region)
    assert glance.calls("GET", "/v2/schemas/image") == asked


def test_a_service_that_does_not_describe_itself_is_spoken_to_all_the_same(as_admin, glance, project):
    glance.refusals["GET", "/v2/schemas/image"] = Reply(404, b"<html>404</html>")
    image_id = glance.add("web")
    image = synchronised(project)["web"]
    in_place(as_admin, image, "os_hidden", "true")
    assert glance.images[image_id]["os_hidden"] is True


# --- hidden, community, deactivated (O4) ------------------------------------------------------------------------------
def found(client, query: str) -> list[str]:
    page = client.get(reverse("images:list"), {"q": query}).content.decode()
    return sorted(re.findall(r'<th scope="row" class="name"><a[^>]*>([^<]*)</a>', page))


def test_hidden_images_are_listed_marked_and_filtered(as_admin, glance, project):
    """O4."""
    glance.add("plain")
    glance.add("own hidden", os_hidden=True)
    glance.add("public hidden", visibility="public", os_hidden=True)
    glance.add("foreign public hidden", visibility="public", os_hidden=True, owner=OTHER)
    offered = glance.add("offered hidden", os_hidden=True, owner=OTHER)
    glance.members[offered, ME] = "accepted"
    glance.add("own community", visibility="community")
    glance.add("foreign community", visibility="community", owner=OTHER)
    glance.add("deactivated", status="deactivated")
    images = synchronised(project)
    assert images.keys() == {image["name"] for image in glance.images.values()}
    assert found(as_admin, "is:hidden") == [
        "foreign public hidden", "offered hidden", "own hidden", "public hidden",
    ]  # fmt: skip
    assert found(as_admin, "-is:hidden") == ["deactivated", "foreign community", "own community", "plain"]
    assert found(as_admin, "os_hidden:true status:active type:public") == ["foreign public hidden", "public hidden"]
    assert found(as_admin, "is:community") == ["foreign community", "own community"]
    assert found(as_admin, "is:deactivated") == ["deactivated"]
    listed = text(as_admin.get(reverse("images:list")))
    assert "public, hidden" in listed
    assert "community" in listed
    head = as_admin.get(reverse("images:detail", args=[images["own hidden"].pk])).content.decode()
    assert "hidden" in re.search(r'<p class="row-of detail-badges">(.*?)</p>', head, re.DOTALL)[1]
    assert images["own community"].project == project
    assert images["foreign community"].project is None


def test_an_image_that_is_hidden_and_shown_again_is_the_same(glance, project):
    image_id = glance.add("web")
    before = synchronised(project)["web"]
    for hidden_ in (True, False):
        glance.images[image_id] |= {"os_hidden": hidden_, "updated_at": moment()}
        assert sync_holder(project).gone == 0
        now = Image.objects.get(image_id=image_id)
        assert (now.pk, now.hidden) == (before.pk, hidden_)
    assert not ImageChange.objects.filter(kind="gone").exists()


def test_hidden_images_cost_no_second_walk(glance, project):
    """O4: a list without hidden images is one call more, whatever the number of images; none is read twice."""
    for number in range(1200):
        glance.add(f"web {number}")
    sync_holder(project)
    asked = [one for one in glance.server.asked if one.path == "/v2/images" and one.query.get("limit") != "1"]
    hidden_ = [one for one in asked if one.query.get("os_hidden") == "true"]
    assert len(hidden_) == 1 + 3  # own ones, and those shared with us in each member state
    assert sum("owner" in one.query for one in asked) - 1 >= 3  # pages of 500
    assert Image.objects.filter(project=project).count() == 1200


# --- refusals (O17, O18) ----------------------------------------------------------------------------------------------
IN_USE = (
    "Image could not be deleted because it is in use: The image cannot be deleted because it is in use through "
    "the backend store outside of Glance."
)


def test_an_image_in_use_is_not_deleted_and_the_reason_is_said_once(admin, glance, project):
    """O17."""
    glance.add("web")
    image = synchronised(project)["web"]
    body = {"message": f"{IN_USE}<br /><br />\n\n\n", "code": "409 Conflict", "title": "Conflict"}
    glance.refusals["DELETE", f"/v2/images/{image.image_id}"] = Reply(409, body, {"X-Openstack-Request-Id": "req-7"})
    target = Target(project, image, image.name, {})
    submit(actor=admin, kind=ActionKind.DELETE, targets=[target], key="in-use")
    executor.execute(30.0)
    item = Operation.objects.get().items.get()
    assert (item.state, item.upstream_request_id) == (ItemState.FAILED, "req-7")
    assert item.error == f"The image cannot be deleted: {IN_USE}"
    assert glance.calls("DELETE", image.image_id) == 1
    assert Image.objects.filter(pk=image.pk).exists()


@pytest.mark.parametrize("visibility", ["community", "public"])
def test_what_everybody_has_is_not_shared_and_the_preview_says_why(as_admin, admin, glance, project, visibility):
    """O18."""
    glance.add("web", visibility=visibility)
    image = synchronised(project)["web"]
    page = text(as_admin.post("/images/act/share/", {"image": [image.pk]}))
    reasons = {"community": "Everybody may use a community image already", "public": "Public images are everybody"}
    assert reasons[visibility] in page
    assert reasons[visibility] in why_not(actor=admin, kind=ActionKind.SHARE, image=image)
    assert not Operation.objects.exists()


def test_an_image_in_any_state_is_shared(admin, glance, project):
    image_id = glance.add("web", visibility="private", status="deactivated")
    image = synchronised(project)["web"]
    assert why_not(actor=admin, kind=ActionKind.SHARE, image=image) == ""
    target = Target(project, image, image.name, {})
    parameters = {"project_ids": [OTHER]}
    submit(actor=admin, kind=ActionKind.SHARE, targets=[target], parameters=parameters, key="share")
    executor.execute(30.0)
    done()
    assert glance.members == {(image_id, OTHER): "pending"}
