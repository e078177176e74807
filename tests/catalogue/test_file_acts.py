"""Copying and exporting chosen images: names from a pattern, checked image by image before anything is written."""

import re

import pytest

from images.cache.models.image import Image
from images.core.ims_limits import GIB
from images.operations.models.operation import Operation
from tests import factories
from tests.catalogue.test_act_views import hidden, plain, text

COPY, EXPORT = "/images/act/copy/", "/images/act/export/"


@pytest.fixture
def shelf(db) -> dict[str, int]:
    """Name → primary key: two ordinary images, one of 200 GB, a full-ECS image."""
    project = factories.project()
    factories.put(
        project,
        *(plain(n, project.project_id, __image_size=GIB, size=GIB) for n in range(2)),
        plain(2, project.project_id, name="large", size=200 * GIB, __image_size=200 * GIB),
        plain(3, project.project_id, name="whole", __whole_image="true"),
    )
    return dict(Image.objects.values_list("name", "pk"))


def asked(client, url, pks, **typed):
    return hidden(client.post(url, {"image": pks})) | typed


def test_each_copy_has_a_name_of_its_own(as_admin, shelf):
    pks = list(shelf.values())
    preview = as_admin.post(COPY, {"image": pks})
    assert "Copy 3 of 4 chosen images" in text(preview)
    assert "Full-ECS images cannot be copied. IMG.0130" in text(preview)
    assert "web-1-copy" in text(preview)
    typed = {"name_pattern": "{n}_{name}", "description": "a copy", "cmk_id": ""}
    response = as_admin.post(COPY, hidden(preview) | typed)
    assert response.status_code == 302
    items = Operation.objects.get().items.values_list("image_name", "parameters")
    assert dict(items)["web-1"] == {"name": "2_web-1", "description": "a copy", "cmk_id": ""}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name_pattern": "{nam}"}, "There is no {nam}. Known are {name}"),
        ({"name_pattern": "a/{name}"}, "3 names, “a/web-0” first:"),
        ({"name_pattern": ""}, "This field is required"),
        ({"name_pattern": "{name}", "description": "<"}, "IMG."),
    ],
)
def test_names_that_cannot_be_are_said_and_the_typing_stays(as_admin, shelf, typed, says):
    form = asked(as_admin, COPY, list(shelf.values()), **typed)
    response = as_admin.post(COPY, form)
    assert response.status_code == 422
    assert says in text(response)
    assert f'value="{typed["name_pattern"]}"' in response.content.decode() or not typed["name_pattern"]
    assert not Operation.objects.exists()


def test_looking_again_shows_names_and_writes_nothing(as_admin, shelf):
    form = asked(as_admin, COPY, [shelf["web-0"]], name_pattern="{name}-b", description="kept", look="1")
    response = as_admin.post(COPY, form)
    assert response.status_code == 200
    assert "web-0-b" in text(response)
    assert 'value="kept"' in response.content.decode()
    assert not Operation.objects.exists()


def test_an_encrypted_image_is_not_copied_with_its_own_key(as_admin, shelf):
    """I12: the key is what is wrong, so it is said at its field, and the selection stays what it was."""
    Image.objects.filter(pk=shelf["web-0"]).update(key_id="k" * 36)
    pks = [shelf["web-0"], shelf["web-1"]]
    form = asked(as_admin, COPY, pks, name_pattern="{name}-b", encryption="key", cmk_id="k" * 36)
    response = as_admin.post(COPY, form)
    assert response.status_code == 422
    page = response.content.decode()
    at_the_field = re.search(r'id="id_cmk_id_error">.*?</div>', page, re.DOTALL)
    assert at_the_field is not None
    assert "“web-0” is encrypted with this very key" in at_the_field[0]
    assert "IMG.0096" in at_the_field[0]
    assert "The selection has changed" not in text(response)
    assert f'value="{"k" * 36}"' in page  # the typing stays
    assert not Operation.objects.exists()
    assert as_admin.post(COPY, form | {"cmk_id": "another"}).status_code == 302
    assert Operation.objects.get().total == 2


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({}, 422, "Say whether the copies of encrypted images are to be encrypted."),
        ({"encryption": "key"}, 422, "Name the key that encrypts the copies."),
        ({"encryption": "none", "cmk_id": "other"}, 422, "Either leave the copies unencrypted or name a key."),
        ({"encryption": "none"}, 302, ""),
        ({"encryption": "key", "cmk_id": "other"}, 302, ""),
        ({"cmk_id": "other"}, 302, ""),
    ],
)
def test_nothing_is_decrypted_by_an_oversight(as_admin, shelf, typed, status, says):
    Image.objects.filter(pk=shelf["web-0"]).update(key_id="k" * 36)
    form = asked(as_admin, COPY, [shelf["web-0"], shelf["web-1"]], name_pattern="{name}-b")
    response = as_admin.post(COPY, form | typed)
    assert (response.status_code, says in text(response)) == (status, True)
    if status == 302:
        item = Operation.objects.get().items.first()
        assert item.parameters["cmk_id"] == typed.get("cmk_id", "")


def test_images_above_128_gb_need_fast_export(as_admin, shelf):
    large = shelf["large"]
    preview = as_admin.post(EXPORT, {"image": [large]})
    assert "Images above 128 GB need fast export. IMG.0160" in text(preview)
    typed = {"bucket": "backups", "file_pattern": "{name}.{format}", "file_format": "qcow2", "quick": "on"}
    again = as_admin.post(EXPORT, hidden(preview) | typed | {"look": "1"})
    assert as_admin.post(EXPORT, hidden(again) | typed).status_code == 302
    operation = Operation.objects.get()
    assert operation.parameters == {"bucket": "backups", "file_format": None, "quick": True}
    name = f"large.{Image.objects.get(pk=large).disk_format}"
    assert operation.items.get().parameters == {"bucket_url": f"backups:{name}"}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"bucket": "A"}, "A bucket has 3 to 63 lower-case letters"),
        ({"file_pattern": "same.qcow2"}, "More than one image would become the file"),
        ({"file_pattern": "a b/{name}"}, "IMG.0175"),
        ({"file_format": "iso"}, "not one of the available choices"),
    ],
)
def test_what_no_bucket_takes_is_said_at_the_field(as_admin, shelf, typed, says):
    good = {"bucket": "backups", "file_pattern": "{name}.{format}", "file_format": "vhd"}
    response = as_admin.post(EXPORT, asked(as_admin, EXPORT, [shelf["web-0"], shelf["web-1"]], **good | typed))
    assert response.status_code == 422
    assert says in text(response)
    assert not Operation.objects.exists()


def test_names_become_names_of_files(as_admin, shelf):
    Image.objects.filter(pk=shelf["web-0"]).update(name="Größe 1/2")
    form = asked(as_admin, EXPORT, [shelf["web-0"]], bucket="backups", file_pattern="x/{name}.{format}")
    assert as_admin.post(EXPORT, form | {"file_format": "vmdk"}).status_code == 302
    assert Operation.objects.get().items.get().parameters == {"bucket_url": "backups:x/Gr-e-1-2.vmdk"}


def test_a_bucket_is_in_one_region(as_admin, shelf):
    elsewhere = factories.project("eu-west-1_x", "eu-west-1")
    factories.put(elsewhere, plain(9, elsewhere.project_id, name="far"))
    pks = [shelf["web-0"], Image.objects.get(name="far").pk]
    typed = {"bucket": "backups", "file_pattern": "{name}", "file_format": "vhd"}
    response = as_admin.post(EXPORT, asked(as_admin, EXPORT, pks, **typed))
    assert response.status_code == 422
    assert "The images are in 2 regions, and a bucket is in one" in text(response)


def test_a_public_image_is_nobodys_to_copy(as_admin, shelf):
    region = Image.objects.get(pk=shelf["web-0"]).region
    factories.put(region, plain(8, "", name="public", visibility="public", __imagetype="gold"))
    response = as_admin.post(COPY, {"image": [Image.objects.get(name="public").pk, shelf["web-0"]]})
    assert response.status_code == 200
    assert "Public images belong to no project" in text(response)
    assert as_admin.get(f"/images/{Image.objects.get(name='public').pk}/").status_code == 200
