"""Acts on chosen images: the preview says what will happen, and only the confirmation writes an operation."""

import re

import pytest

from images.access.enums import Role
from images.cache.models.image import Image
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from tests import factories
from tests.conftest import grant

DELETE, PROTECT, UNPROTECT = (f"/images/act/{kind}/" for kind in ("delete", "protect", "unprotect"))


def plain(number: int, owner: str, **more):
    return factories.document(number, owner, **{"status": "active", "protected": False, "name": f"web-{number}"} | more)


@pytest.fixture
def shelf(db) -> dict[str, int]:
    """Name → primary key of three ordinary images, a protected one and one that somebody shares with us."""
    project = factories.project()
    factories.put(
        project,
        *(plain(n, project.project_id) for n in range(3)),
        plain(3, project.project_id, name="kept", protected=True),
    )
    foreign = plain(4, "f" * 32, name="theirs", __imagetype="shared", visibility="shared")
    factories.put(project, foreign, member_status="accepted")
    return dict(Image.objects.values_list("name", "pk"))


def hidden(response) -> dict[str, str]:
    """The hidden fields of the page, as a browser would send them."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode()))
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_preview_names_what_goes_and_groups_what_cannot(as_admin, shelf):
    response = as_admin.get(DELETE, {"image": list(shelf.values())})
    page = text(response)
    assert response.status_code == 200
    assert "Delete 3 of 5 chosen images" in page
    assert "Applies to 3 images" in page
    assert "1 image : The image is protected. Lift the protection first. IMG.0028" in page.replace("image:", "image :")
    assert "it is shared with you" in page
    assert not Operation.objects.exists()


def test_a_confirmed_deletion_is_an_operation_with_an_item_an_image(as_admin, admin, shelf):
    preview = as_admin.post(DELETE, {"image": list(shelf.values()), "query": "q=web"})
    response = as_admin.post(DELETE, hidden(preview) | {"count": "3"})
    assert response.status_code == 302
    operation = Operation.objects.get()
    assert response["Location"] == f"/operations/{operation.pk}/"
    assert (operation.kind, operation.actor, operation.total) == (ActionKind.DELETE, admin, 3)
    assert set(operation.items.values_list("image_name", flat=True)) == {"web-0", "web-1", "web-2"}


def test_a_form_sent_twice_is_one_operation(as_admin, shelf):
    form = hidden(as_admin.get(DELETE, {"image": shelf["web-0"]}))
    assert [as_admin.post(DELETE, form).status_code for _ in range(2)] == [302, 302]
    assert Operation.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "says"), [("", "Type how many"), ("2", "applies to 3 images"), ("x", "whole number")]
)
def test_a_wrong_number_deletes_nothing_and_keeps_the_typing(as_admin, shelf, typed, says):
    form = hidden(as_admin.get(DELETE, {"image": list(shelf.values())}))
    response = as_admin.post(DELETE, form | {"count": typed})
    assert response.status_code == 422
    assert says in text(response)
    assert hidden(response)["key"] == form["key"]
    assert not Operation.objects.exists()


def test_all_that_match_a_filter(as_admin, shelf):
    preview = as_admin.get(PROTECT, {"all": "on", "query": "q=web"})
    assert "Applies to 3 images" in text(preview)
    assert as_admin.post(PROTECT, hidden(preview)).status_code == 302
    assert Operation.objects.get().total == 3


def test_a_selection_that_has_changed_is_shown_again(as_admin, shelf):
    form = hidden(as_admin.get(PROTECT, {"all": "on", "query": "q=web"}))
    project = factories.project()
    factories.put(project, plain(9, project.project_id))
    response = as_admin.post(PROTECT, form)
    assert response.status_code == 409
    assert "Applies to 4 images" in text(response)
    assert not Operation.objects.exists()
    assert as_admin.post(PROTECT, hidden(response)).status_code == 302


def test_a_filter_that_cannot_be_read_is_refused(as_admin, shelf):
    response = as_admin.get(DELETE, {"all": "on", "query": "q=size:>much"})
    assert response.status_code == 422
    assert "size:&gt;much" in response.content.decode()


def test_nothing_chosen(as_admin, shelf):
    response = as_admin.post(DELETE, {})
    assert response.status_code == 422
    assert "No image was chosen" in text(response)


@pytest.mark.parametrize("images", ["1,", "a", "1;2"])
def test_an_unreadable_selection(as_admin, shelf, images):
    assert as_admin.post(DELETE, {"images": images}).status_code == 422


@pytest.mark.parametrize("image", ["99999999999", "4294967296", "-1", "٣", "2147483648"])
def test_ids_that_no_image_has(as_admin, shelf, image):
    assert as_admin.get(DELETE, {"image": image}).status_code == 422


def test_protecting_what_is_protected_has_nothing_to_do(as_admin, shelf):
    page = as_admin.get(PROTECT, {"image": shelf["kept"]}).content.decode()
    assert "protected already" in page
    assert re.search(r'<button[^>]*id="confirm"[^>]*disabled', page)
    assert "is not protected" in text(as_admin.get(UNPROTECT, {"image": shelf["web-0"]}))


def test_an_act_that_applies_to_nothing_is_not_submitted(as_admin, shelf):
    response = as_admin.post(PROTECT, hidden(as_admin.get(PROTECT, {"image": shelf["kept"]})) | {"key": "0" * 32})
    assert response.status_code == 409
    assert not Operation.objects.exists()


def test_backups_are_asked_about_only_with_full_ecs_images(as_admin, shelf):
    assert b"delete_backup" not in as_admin.get(DELETE, {"image": shelf["web-0"]}).content
    project = factories.project()
    factories.put(project, plain(8, project.project_id, name="whole", __whole_image="true"))
    pk = Image.objects.get(name="whole").pk
    preview = as_admin.get(DELETE, {"image": pk})
    assert b"delete_backup" in preview.content
    assert as_admin.post(DELETE, hidden(preview) | {"delete_backup": "on"}).status_code == 302
    assert Operation.objects.get().parameters == {"delete_backup": True}


def test_without_the_permission_the_reason_is_said(as_viewer, viewer, shelf):
    response = as_viewer.get(DELETE, {"image": shelf["web-0"]})
    assert response.status_code == 403
    assert "but not change them" in text(response)
    grant(viewer, Role.OPERATOR)
    assert as_viewer.get(DELETE, {"image": shelf["web-0"]}).status_code == 200


def test_there_is_no_other_act(as_admin, shelf):
    assert as_admin.get("/images/act/explode/").status_code == 404
    assert as_admin.put(DELETE).status_code == 405


def test_the_list_offers_the_acts_on_ticked_images_and_on_all_that_match(as_admin, shelf):
    page = as_admin.get("/images/", {"q": "name:web-*"}).content.decode()
    assert page.count('<input type="checkbox" form="acts" name="image"') == 3
    assert "all 3 that match" in text(as_admin.get("/images/", {"q": "name:web-*"}))
    assert '<input type="hidden" name="query" value="q=name:web-*">' in page
    assert 'action="/images/act/protect/"' in page
    assert 'formaction="/images/act/delete/"' in page


def test_who_may_not_change_images_is_not_offered_it_but_told_why(as_viewer, viewer, shelf):
    page = as_viewer.get("/images/").content.decode()
    assert 'formaction="/images/act/' not in page
    assert 'id="new-image" aria-disabled="true" aria-describedby="no-new"' in page
    assert "Only operators of a project make images in it." in page
    assert "You may look at these images, but not change them." in page
    assert page.count('aria-disabled="true" aria-describedby="no-acts"') == 8
    grant(viewer, Role.OPERATOR)
    page = as_viewer.get("/images/").content.decode()
    assert 'formaction="/images/act/delete/"' in page
    assert 'id="new-image" href="/images/create/"' in page


def test_the_page_of_an_image_offers_what_can_be_done_and_says_why_not(as_admin, as_viewer, shelf):
    page = as_admin.get(f"/images/{shelf['web-0']}/").content.decode()
    assert f'href="/images/act/delete/?image={shelf["web-0"]}"' in page
    assert f'href="/images/act/protect/?image={shelf["web-0"]}"' in page
    assert "act/unprotect" not in page
    kept = as_admin.get(f"/images/{shelf['kept']}/")
    assert "act/delete" not in kept.content.decode()
    assert "Lift the protection first" in text(kept)
    assert "act/unprotect" in kept.content.decode()
    refused = as_viewer.get(f"/images/{shelf['web-0']}/")
    assert "/images/act/" not in refused.content.decode()
    assert "but not change them" in text(refused)
