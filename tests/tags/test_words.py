"""Tags of an OpenStack Glance are words: shown, found, changed and kept as they are; a key is a way to look at them."""

import re
import uuid
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.services.sync import sync_holder
from images.operations.enums import ItemState
from images.operations.models.operation import Operation
from images.operations.services import executor
from images.tags.models.policy import TagPolicy
from images.tags.services.csv import layout
from tests.catalogue.test_act_views import hidden, text
from tests.clouds.small_glance import SmallGlance
from tests.ims.server import Reply
from tests.tags.test_csv import download, rows_of, upload, written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


@pytest.fixture
def glance():
    with SmallGlance(slashes=False) as running:
        yield running


@pytest.fixture
def shelf(glance):
    """Images by their names, in the cache; one of an IMS is not there."""
    project = glance.project()

    def put(**words: list[str]) -> dict[str, Image]:
        for name, tags in words.items():
            glance.add(name, tags=tags)
        sync_holder(project)
        return {image.name: image for image in Image.objects.all()}

    return put


def held(glance: SmallGlance, name: str) -> list[str]:
    return next(image["tags"] for image in glance.images.values() if image["name"] == name)


def key_of(response) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', response.content.decode())[1]


def send(client, image: Image, **typed):
    """As the form of the card, then carried out."""
    url = reverse("images:tags", args=[image.pk])
    answer = client.post(url, {"key": key_of(client.get(url)), "do": "add"} | typed)
    executor.execute(30.0)
    return answer


def done() -> None:
    item = Operation.objects.first().items.get()
    assert (item.state, item.error) == (ItemState.DONE, "")


def found(client, query: str) -> list[str]:
    page = client.get(reverse("images:list"), {"q": query}).content.decode()
    return sorted(re.findall(r'<th scope="row" class="name"><a[^>]*>([^<]*)</a>', page))


def test_two_words_of_one_key_are_shown_and_found(as_admin, shelf):
    """O1."""
    images = shelf(both=["role=web", "role=db"], one=["role=web", "lts"], none=["roles"])
    page = text(as_admin.get(reverse("images:tags", args=[images["both"].pk])))
    assert "role=web" in page
    assert "role=db" in page
    assert found(as_admin, "tag:role=web") == ["both", "one"]
    assert found(as_admin, "tag:role=db") == ["both"]
    assert found(as_admin, "tag:role") == ["both", "one"]
    assert found(as_admin, 'tag:"role=db"') == ["both"]
    assert found(as_admin, "alltags:role=web,role=db") == ["both"]
    assert found(as_admin, "-tag:role=db") == ["none", "one"]
    for link in re.findall(r'class="chip"\s+href="([^"]+)"', as_admin.get(
        reverse("images:tags", args=[images["both"].pk])).content.decode()):  # fmt: skip
        assert "both" in as_admin.get(link.replace("&amp;", "&")).content.decode()


def test_a_word_is_added_beside_changed_and_removed(as_admin, glance, shelf):
    """O1: what looks like another value of a key is another tag."""
    image = shelf(web=["role=web"])["web"]
    assert send(as_admin, image, tag_key="role=db").status_code == 302
    done()
    assert held(glance, "web") == ["role=web", "role=db"]
    send(as_admin, image, do="change", old="role=db", seen="", tag_key="role=sql")
    assert sorted(held(glance, "web")) == ["role=sql", "role=web"]
    send(as_admin, image, do="remove", old="role=web", seen="")
    assert held(glance, "web") == ["role=sql"]
    image.refresh_from_db()
    assert [tag.key for tag in image.tags.all()] == ["role=sql"]
    refused = send(as_admin, image, tag_key="role=sql")
    assert refused.status_code == 422
    assert "The image has this tag already" in text(refused)


@pytest.mark.parametrize("word", ["a=", "a/b", "größer/ja", "100%", "two words", "=x"])
def test_any_word_is_added_and_removed(as_admin, glance, shelf, word):
    """O2, O3: the proxy in front refuses addresses with a slash."""
    image = shelf(web=["a", "kept"])["web"]
    assert send(as_admin, image, tag_key=word).status_code == 302
    done()
    assert held(glance, "web") == ["a", "kept", word]
    send(as_admin, image, do="remove", old=word, seen="")
    done()
    assert held(glance, "web") == ["a", "kept"]


def test_a_removal_that_did_not_happen_is_not_told_as_done(as_admin, glance, shelf):
    """O2: a 404 is looked at; here the service really refuses to write the list, too."""
    image = shelf(web=["a/b"])["web"]
    glance.refusals["PATCH", f"/v2/images/{image.image_id}"] = Reply(403, {"message": "No."})
    send(as_admin, image, do="remove", old="a/b", seen="")
    item = Operation.objects.get().items.get()
    assert (item.state, held(glance, "web")) == (ItemState.FAILED, ["a/b"])


def test_what_was_done_is_taken_back(as_admin, glance, shelf):
    image = shelf(web=["role=web"])["web"]
    send(as_admin, image, do="change", old="role=web", seen="", tag_key="role=db")
    undo = {"key": uuid.uuid4().hex, "operation": Operation.objects.get().pk}
    as_admin.post(reverse("images:tags_undo", args=[image.pk]), undo)
    executor.execute(30.0)
    assert held(glance, "web") == ["role=web"]


TAG = "/images/act/tag/"


def act(client, images, **typed):
    pks = [image.pk for image in images.values()]
    answer = client.post(TAG, hidden(client.post(TAG, {"image": pks})) | typed)
    executor.execute(30.0)
    return answer


@pytest.mark.parametrize(
    ("typed", "both", "one"),
    [
        ({"do_1": "set", "key_1": "role", "value_1": "x"}, {"role=web", "role=db", "role=x"}, {"role=web", "role=x"}),
        ({"do_1": "remove", "key_1": "role", "value_1": "db"}, {"role=web"}, {"role=web"}),
        ({"do_1": "change", "key_1": "role", "value_1": "web", "to_1": "w/x"}, {"role=w/x", "role=db"}, {"role=w/x"}),
        ({"do_1": "rename", "key_1": "role", "to_1": "is"}, {"is=web", "is=db"}, {"is=web"}),
    ],
)
def test_steps_on_many_images(as_admin, glance, shelf, typed, both, one):
    """O1: with more than a few images the cache follows from the calls alone."""
    images = shelf(both=["role=web", "role=db"], **{f"one-{n}": ["role=web"] for n in range(7)})
    assert act(as_admin, images, **typed).status_code == 302
    assert set(held(glance, "both")) == both
    assert set(held(glance, "one-3")) == one
    cached = {image.name: {tag.key for tag in image.tags.all()} for image in Image.objects.all()}
    assert (cached["both"], cached["one-3"]) == (both, one)


def test_a_file_of_tags_comes_and_goes_without_a_loss(as_admin, shelf):
    shelf(both=["role=web", "role=db", "env=prod"], odd=["a=", "a", "x"], plain=["env=prod"])
    for layout_ in ("wide", "long"):
        said = download(as_admin, q="", layout=layout_)
        page = upload(as_admin, said, empties="remove")
        assert "change" not in {entry.outcome for entry in page.context["plan"].entries}, layout_


def test_a_cell_changes_one_word(as_admin, glance, shelf):
    shelf(both=["role=web", "role=db", "env=prod"], plain=["env=prod"])
    rows = rows_of(download(as_admin, q=""))
    by_name = {row[layout.NAME]: row for row in rows}
    assert {"tag:env", "tag:role=web", "tag:role=db"} <= rows[0].keys()
    by_name["both"]["tag:env"] = "test"
    by_name["plain"]["tag:role"] = "web"
    page = upload(as_admin, written(rows))
    as_admin.post(page.redirect_chain[-1][0], hidden(page))
    executor.execute(30.0)
    assert set(held(glance, "both")) == {"role=web", "role=db", "env=test"}
    assert set(held(glance, "plain")) == {"env=prod", "role=web"}


def test_a_policy_looks_at_keys_and_values(as_admin, glance, shelf):
    """A word that looks like the key is enough, whichever others there are."""
    images = shelf(both=["role=web", "role=bad"], one=["role=web"], none=["x"])
    project = images["one"].project
    rules = [{"key": "role", "need": "required", "values": ["web", "db"], "pattern": "", "spelling": True, "note": ""}]
    TagPolicy.objects.create(project=project, rules=rules, binding=True)
    index.forget()
    assert found(as_admin, "policy:missing:role") == ["none"]
    assert found(as_admin, "policy:value:role") == ["both"]
    page = as_admin.get(reverse("images:tags", args=[images["both"].pk])).content.decode()
    assert urlencode({"change": "role=bad"}) in page
    assert send(as_admin, images["both"], do="remove", old="role=bad", seen="").status_code == 302
    assert held(glance, "both") == ["role=web"]
    refused = send(as_admin, images["one"], do="remove", old="role=web", seen="")
    assert (refused.status_code, held(glance, "one")) == (422, ["role=web"])
    assert send(as_admin, images["one"], do="add", tag_key="role=db").status_code == 302
    assert send(as_admin, images["one"], do="remove", old="role=web", seen="").status_code == 302
    assert held(glance, "one") == ["role=db"]


def test_what_somebody_else_changes_meanwhile_stays(as_admin, glance, shelf):
    """Her word is another than mine."""
    image = shelf(web=["role=web"])["web"]
    glance.images[image.image_id]["tags"] = ["role=db"]
    send(as_admin, image, do="change", old="role=web", seen="", tag_key="role=sql")
    done()
    assert held(glance, "web") == ["role=db", "role=sql"]


def test_the_card_has_one_field_and_says_what_a_tag_is(as_admin, shelf):
    image = shelf(web=["a"])["web"]
    page = as_admin.get(reverse("images:tags", args=[image.pk])).content.decode()
    assert "tag_value" not in re.findall(r'<input[^>]*name="([a-z_]+)"', page)
    assert "A tag of OpenStack is a text" in text(as_admin.get(reverse("images:tags", args=[image.pk])))
