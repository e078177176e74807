"""Tags of many images: steps, what they would change as a diff, and one operation of what differs."""

import pytest

from images.cache.models.image import Image
from images.operations.models.operation import Operation
from tests import factories
from tests.catalogue.test_act_views import hidden, plain, text

TAG = "/images/act/tag/"


@pytest.fixture
def shelf(db) -> list[int]:
    project = factories.project()
    factories.put(
        project,
        plain(0, project.project_id, tags=["env.prod", "app.web"]),
        plain(1, project.project_id, tags=["env.dev"]),
        plain(2, project.project_id, tags=["Env.dev"]),
        plain(3, project.project_id, tags=[f"k{number}.x" for number in range(10)]),
    )
    foreign = plain(4, "f" * 32, name="theirs", __imagetype="shared", visibility="shared")
    factories.put(project, foreign, member_status="accepted")
    return list(Image.objects.order_by("name").values_list("pk", flat=True))


def send(client, pks, **typed):
    return client.post(TAG, hidden(client.post(TAG, {"image": pks})) | typed)


def parameters():
    items = Operation.objects.get().items.order_by("image_name")
    return {name: (said["add"], said["remove"]) for name, said in items.values_list("image_name", "parameters")}


def test_the_diff_says_what_changes_what_stays_and_what_cannot(as_admin, shelf):
    known = hidden(as_admin.post(TAG, {"image": shelf}))
    page = text(as_admin.post(TAG, known | {"look": "1", "do_1": "set", "key_1": "env", "value_1": "prod"}))
    assert "Tag 4 of 5 chosen images" in page
    assert "env: dev → becomes prod" in page
    assert "added + env=prod" in page
    assert "1 image stays as it is." in page
    assert "1 image cannot: An image has at most 10 tags; these would be 11. IMG.0116" in page
    assert not Operation.objects.exists()


def test_only_what_differs_becomes_an_item_with_what_was_there(as_admin, shelf):
    assert send(as_admin, shelf, do_1="set", key_1="env", value_1="prod").status_code == 302
    assert parameters() == {
        "web-1": ([{"key": "env", "value": "prod"}], [{"key": "env", "value": "dev"}]),
        "web-2": ([{"key": "env", "value": "prod"}], []),
    }


def test_key_and_value_typed_as_one_are_read_as_two(as_admin, shelf):
    assert send(as_admin, shelf, do_1="set", key_1="env=生产").status_code == 302
    assert parameters()["web-1"] == ([{"key": "env", "value": "生产"}], [{"key": "env", "value": "dev"}])


def test_steps_follow_one_another(as_admin, shelf):
    steps = {
        "do_1": "rename",
        "key_1": "Env",
        "to_1": "env",
        "do_2": "change",
        "key_2": "env",
        "value_2": "dev",
        "to_2": "test",
    }
    assert send(as_admin, shelf, **steps).status_code == 302
    assert parameters() == {
        "web-1": ([{"key": "env", "value": "test"}], [{"key": "env", "value": "dev"}]),
        "web-2": ([{"key": "env", "value": "test"}], [{"key": "Env", "value": "dev"}]),
    }


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Enter a key."),
        ({"do_1": "set", "key_1": "a*b"}, "None of these characters"),
        ({"do_1": "set", "key_1": "env", "value_1": "v" * 44}, "At most 43 characters, these are 44. (IMG.0115)"),
        ({"do_1": "rename", "key_1": "env"}, "Enter the new key."),
        ({"do_1": "remove", "key_1": "nobody-has-it"}, "No tag of these images would change."),
        ({"do_1": "burn", "key_1": "env"}, "Choose what is to be done."),
        ({"do_1": "set", "key_1": "_sys_owner"}, "belong to the provider"),
    ],
)
def test_bad_steps_keep_what_was_typed(as_admin, shelf, typed, says):
    response = send(as_admin, shelf, **typed)
    assert response.status_code == 422
    assert says in text(response)
    assert all(f'value="{value}"' in response.content.decode() for value in typed.values() if value != "burn")
    assert not Operation.objects.exists()


def test_a_link_fills_the_steps_in_and_keys_and_values_in_use_complete(as_admin, shelf):
    page = as_admin.get(TAG, {"image": shelf, "do_1": "rename", "key_1": "Env", "to_1": "env"}).content.decode()
    assert '<option value="rename" selected>' in page
    assert '<option value="env">3</option>' in page
    assert "removed" in page
    assert '<option value="dev">1</option>' in page  # of Env, not of env
    assert 'value="prod"' not in page
    page = as_admin.get(TAG, {"image": shelf, "do_1": "set", "key_1": "env"}).content.decode()
    assert '<option value="prod">2</option>' in page


def test_viewers_are_told_that_they_may_not(as_viewer, shelf):
    assert as_viewer.post(TAG, {"image": shelf}).status_code == 403
