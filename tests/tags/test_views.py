"""The tags of one image, changed in place: rules at the field, conflicts told, undo; and what is under way is shown."""

import re

import pytest

from images.cache.models.image import Image, ImageTag
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import Target, submit
from images.operations.services.states import move
from tests import factories
from tests.catalogue.test_act_views import plain, text

HTMX = {"HX-Request": "true", "HX-Target": "tags"}


@pytest.fixture
def image(db) -> Image:
    project = factories.project()
    factories.put(project, plain(0, project.project_id, tags=["env.dev", "app.web"]))
    return Image.objects.get()


def url(image: Image, more: str = "") -> str:
    return f"/images/{image.pk}/tags/{more}"


def key_of(response) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', response.content.decode())[1]


def send(client, image, **typed):
    return client.post(url(image), {"key": key_of(client.get(url(image))), "do": "add"} | typed)


def finish(image: Image, to: ItemState = ItemState.DONE, **columns) -> None:
    """As the carrier would: the effect in the cache, the item in its final state."""
    for item in OperationItem.objects.filter(image=image, finished_at=None):
        if to == ItemState.DONE:
            for tag in item.parameters["remove"]:
                image.tags.filter(key=tag["key"]).delete()
            for tag in item.parameters["add"]:
                ImageTag.objects.create(image=image, **tag)
        move([item], ItemState.SENT)
        move([item], to, **columns)


def test_a_tag_is_added_in_place_and_shown_as_under_way(as_admin, image):
    known = {"key": key_of(as_admin.get(url(image))), "do": "add", "tag_key": "环境", "tag_value": "prod"}
    page = as_admin.post(url(image), known, headers=HTMX)
    assert "<html" not in page.content.decode()
    assert "added + 环境=prod under way" in text(page)
    item = OperationItem.objects.get()
    assert item.parameters == {"add": [{"key": "环境", "value": "prod"}], "remove": [], "before": {"环境": None}}
    as_admin.post(url(image), known, headers=HTMX)  # sent twice
    assert Operation.objects.count() == 1


def test_without_scripts_it_is_a_page_of_its_own(as_admin, image):
    response = send(as_admin, image, tag_key="team", tag_value="a")
    assert (response.status_code, response["Location"]) == (302, url(image))
    assert "added + team=a under way" in text(as_admin.get(url(image)))


def test_a_tag_is_changed_renamed_and_removed_by_its_key_alone(as_admin, image):
    assert 'value="dev"' in as_admin.get(url(image, "?change=env")).content.decode()
    send(as_admin, image, do="change", old="env", seen="dev", tag_key="env", tag_value="prod")
    send(as_admin, image, do="change", old="app", seen="web", tag_key="service", tag_value="web")
    send(as_admin, image, do="remove", old="service", seen="web")
    assert [item.parameters["before"] for item in OperationItem.objects.order_by("pk")] == [
        {"env": "dev"},
        {"app": "web", "service": None},
        {"service": "web"},
    ]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"tag_key": ""}, "Enter a key."),
        ({"tag_key": "a*b"}, "None of these characters"),
        ({"tag_key": "k" * 37}, "At most 36 characters, these are 37. (IMG.0115)"),
        ({"tag_key": "env", "tag_value": "x"}, "The image has this key already, with the value “dev”."),
        ({"do": "change", "old": "env", "seen": "dev", "tag_key": "app"}, "The image has this key already"),
        ({"do": "change", "old": "env", "seen": "dev", "tag_key": "env", "tag_value": "dev"}, "is already"),
        ({"do": "change", "old": "env", "seen": "test", "tag_key": "env", "tag_value": "x"}, "it is “dev” now"),
        ({"do": "remove", "old": "gone", "seen": "x"}, "Somebody removed “gone” meanwhile."),
        ({"do": "remove", "old": "_sys_x", "seen": ""}, "Somebody removed"),
    ],
)
def test_what_cannot_be_is_said_and_the_typing_kept(as_admin, image, typed, says):
    response = send(as_admin, image, **typed)
    assert response.status_code == 422
    assert says in text(response)
    assert not Operation.objects.exists()
    if "tag_value" in typed:
        assert f'value="{typed["tag_value"]}"' in response.content.decode()


def test_an_eleventh_tag_is_refused_also_when_the_tenth_is_still_under_way(as_admin, image):
    for number in range(8):
        assert send(as_admin, image, tag_key=f"k{number}").status_code == 302
    response = send(as_admin, image, tag_key="k8")
    assert response.status_code == 422
    assert "at most 10 tags; these would be 11. (IMG.0116)" in text(response)


def test_what_was_done_can_be_undone(as_admin, image):
    send(as_admin, image, do="change", old="env", seen="dev", tag_key="env", tag_value="prod")
    finish(image)
    page = as_admin.get(url(image))
    assert "Last change: env: dev → becomes prod" in text(page)
    undo = {"operation": str(Operation.objects.get().pk), "key": "f" * 32}
    assert as_admin.post(url(image, "undo/"), undo).status_code == 302
    item = OperationItem.objects.order_by("-pk").first()
    assert item.parameters["add"] == [{"key": "env", "value": "dev"}]
    assert item.parameters["before"] == {"env": "prod"}
    finish(image)
    assert dict(image.tags.values_list("key", "value")) == {"env": "dev", "app": "web"}


def test_what_failed_is_said_and_nothing_is_offered_to_undo(as_admin, image):
    send(as_admin, image, tag_key="team")
    finish(image, ItemState.FAILED, error="IMS said no.")
    page = text(as_admin.get(url(image)))
    assert "Not done" in page
    assert "IMS said no." in page
    assert "Undo" not in page


def test_polls_bring_only_news(as_admin, image):
    send(as_admin, image, tag_key="team")
    page = as_admin.get(url(image)).content.decode()
    seen = re.search(r'hx-get="([^"]*seen=[^"]*)"', page)[1]
    assert as_admin.get(seen, headers=HTMX).status_code == 204
    finish(image)
    news = as_admin.get(seen, headers=HTMX)
    assert news.status_code == 200
    assert "data-poll" not in news.content.decode()


def test_viewers_see_the_tags_and_why_they_cannot_change_them(as_viewer, image):
    page = as_viewer.get(url(image))
    assert "env" in text(page)
    assert "tags-save" not in page.content.decode()
    assert as_viewer.post(url(image), {"key": "a" * 32, "do": "add", "tag_key": "x"}).status_code == 403
    assert not Operation.objects.exists()


def test_an_image_that_is_being_deleted_takes_no_tags_and_says_why(as_admin, admin, image):
    target = Target(image.project, image, image.name)
    submit(actor=admin, kind=ActionKind.DELETE, targets=[target], key="delete")
    page = as_admin.get(url(image))
    assert "The image is being deleted, or its deletion is waiting." in text(page)
    assert "tags-save" not in page.content.decode()
    assert as_admin.post(url(image), {"key": "a" * 32, "do": "add", "tag_key": "x"}).status_code == 403
    assert Operation.objects.count() == 1


def test_words_in_use_complete_the_fields(as_viewer, image):
    assert '<option value="env">1</option>' in as_viewer.get("/images/tag-words/").content.decode()
    assert '<option value="dev">1</option>' in as_viewer.get("/images/tag-words/?tag_key=env").content.decode()


def test_the_page_of_the_image_is_not_loaded_again_under_the_fingers(as_admin, image):
    send(as_admin, image, tag_key="team")
    item = OperationItem.objects.get()
    finish(image)
    answer = as_admin.get(f"/images/{image.pk}/now/?seen={image.pk}:{item.pk}:waiting:", headers=HTMX)
    assert answer["HX-Trigger"] == "tags-ended"
    assert "HX-Refresh" not in answer


def test_an_operation_on_tags_is_undone_from_its_page(as_admin, as_viewer, image):
    send(as_admin, image, do="remove", old="app", seen="web")
    finish(image)
    operation = Operation.objects.get()
    page = as_admin.get(f"/operations/{operation.pk}/").content.decode()
    key = re.search(r'name="key" value="(undo-[^"]*)"', page)[1]
    assert as_viewer.post(f"/operations/{operation.pk}/undo/", {"key": "other"}).status_code == 403
    answer = as_admin.post(f"/operations/{operation.pk}/undo/", {"key": key})
    back = Operation.objects.order_by("-pk").first()
    assert answer["Location"] == f"/operations/{back.pk}/"
    assert (back.kind, back.parameters) == ("tag", {"undoes": operation.pk})
    assert back.items.get().parameters["add"] == [{"key": "app", "value": "web"}]
    as_admin.post(f"/operations/{back.pk}/undo/", {"key": "again"})  # not done yet
    assert Operation.objects.count() == 2
