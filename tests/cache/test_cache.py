"""Bringing cached images to what IMS said: rows, tags, history and index agree, whatever was there before."""

import json

import pytest
from django.db import transaction
from django.utils import timezone
from pyroaring import BitMap

from images.cache.models.image import Image, ImageChange, ImageTag
from images.cache.models.posting import IndexState, Posting
from images.cache.queries import index as reading
from images.cache.rules.dialects.ims import ImsDialect
from images.cache.services import columns, index, publication
from images.cache.services.columns import Unreadable
from images.cache.services.publication import ReceivedImage
from images.clouds.enums import ProjectKind
from tests import factories

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]


def document(number: int, **attributes):
    return factories.document(number, factories.project().project_id, **attributes)


def bitmaps() -> dict[tuple[str, str], BitMap]:
    """As sets: the same one may be written as an array or as runs."""
    held = Posting.objects.filter(count__gt=0)
    return {(row.field, row.value): BitMap.deserialize(bytes(row.bitmap)) for row in held}


def assert_index_is_that_of_the_tables() -> None:
    before = bitmaps()
    index.rebuild()
    assert bitmaps() == before


def ids(field: str, value: str) -> set[str]:
    pks = list(reading.current().get(field, value))
    return set(Image.objects.filter(pk__in=pks).values_list("image_id", flat=True))


def test_an_image_that_is_said_to_be_deleted_is_gone():
    """5.1.1 knows the status; 6.1.7 leaves the row at the service."""
    project = factories.project()
    there, never = document(1, status="active"), document(2, status="deleted")
    factories.put(project, there, never)
    assert list(Image.objects.values_list("image_id", flat=True)) == [there["id"]]
    factories.put(project, there | {"status": "deleted"})
    assert not Image.objects.exists()
    assert list(ImageChange.objects.values_list("kind", "image_id")) == [("gone", there["id"])]
    assert_index_is_that_of_the_tables()


def test_first_time_notes_no_history_later_ones_do():
    project = factories.project()
    first, second = document(1), document(2)
    factories.put(project, first)
    assert not ImageChange.objects.exists()
    factories.put(project, second)
    assert list(ImageChange.objects.values_list("kind", "image_id", "project_name")) == [
        ("appeared", second["id"], project.name)
    ]
    assert_index_is_that_of_the_tables()


def test_what_changed_is_noted_attribute_by_attribute():
    project = factories.project()
    one = document(1, tags=["env=prod"])
    factories.put(project, one)
    changed = {**one, "name": "other", "min_ram": 512, "tags": ["env=dev", "new"], "updated_at": "2026-11-20T00:00:00Z",
               "self": "/elsewhere", "__lazyloading": "true"}  # fmt: skip
    del changed["checksum"]
    factories.put(project, changed)
    noted = {change.attribute: (change.old, change.new) for change in ImageChange.objects.all()}
    assert noted == {
        "name": (json.dumps(one["name"]), '"other"'),
        "min_ram": (json.dumps(one["min_ram"]), "512"),
        "tags": ('["env=prod"]', '["env=dev","new"]'),
        "checksum": (json.dumps(one["checksum"]), None),
        "__lazyloading": (None, '"true"'),
    }
    assert list(ImageTag.objects.order_by("key").values_list("key", "value")) == [("env", "dev"), ("new", "")]
    assert ids("tag_key", "new") == {one["id"]}
    assert_index_is_that_of_the_tables()


def test_tags_in_another_order_are_no_change_for_people():
    project = factories.project()
    factories.put(project, document(1, tags=["a=1", "b=2"]))
    factories.put(project, document(1, tags=["b=2", "a=1"]))
    assert not ImageChange.objects.exists()


def test_what_went_leaves_a_note_and_no_posting():
    project = factories.project()
    one, two = document(1, tags=["only=here"]), document(2, tags=[])
    factories.put(project, one, two)
    factories.put(project, gone=(Image.objects.get(image_id=one["id"]).pk,))
    note = ImageChange.objects.get()
    assert (note.kind, note.image_id, note.image_name) == ("gone", one["id"], one["name"])
    assert ids("holder", f"p{project.pk}") == {two["id"]}
    assert ids("tag_key", "only") == set()
    assert not ImageTag.objects.exists()
    assert_index_is_that_of_the_tables()


def test_nobody_removes_images_of_another_holder():
    here, there = factories.project(), factories.project("eu-west-0", "eu-west-0")
    factories.put(here, document(1))
    factories.put(there, document(2))
    factories.put(here, gone=(Image.objects.get(project=there).pk,))
    assert Image.objects.filter(project=there).exists()


def test_nothing_new_writes_nothing():
    project = factories.project()
    factories.put(project, document(1))
    version = IndexState.objects.get().version
    with transaction.atomic():
        outcome = publication.apply(project, [factories.incoming(document(1))], (), seen_at=timezone.now())
    assert outcome.total == 0
    assert not outcome.delta
    assert IndexState.objects.get().version == version


def test_an_image_met_twice_counts_as_it_was_met_last():
    project = factories.project()
    with transaction.atomic():
        publication.apply(
            project,
            [factories.incoming(document(1), "pending"), factories.incoming(document(1), "accepted")],
            (),
            seen_at=timezone.now(),
        )
    assert Image.objects.get().member_status == "accepted"


def test_a_release_that_reads_documents_differently_writes_them_anew(monkeypatch):
    project = factories.project()
    sent = document(1, __platform="Debian", tags=["env=prod"])
    factories.put(project, sent)
    monkeypatch.setattr(publication, "FORMAT", b"next")
    monkeypatch.setitem(columns.PLATFORMS, "Debian", "Debian GNU/Linux")
    monkeypatch.setattr(ImsDialect, "tags_in", lambda _self, _sent: [("environment", "prod")])
    factories.put(project, sent)
    assert ids("platform", "Debian GNU/Linux") == ids("tag_key", "environment") == {sent["id"]}
    assert ids("platform", "Debian") == ids("tag_key", "env") == set()
    assert_index_is_that_of_the_tables()
    assert not ImageChange.objects.exists(), "the image is what it was"


def test_a_full_stop_parts_tags_of_ims_only():
    ims, glance = factories.project(), factories.project("glance", "eu-west-1")
    glance.kind = ProjectKind.OPENSTACK
    glance.save()
    for project, number in ((ims, 1), (glance, 2)):
        factories.put(project, document(number, tags=["team.core"]))
    assert ImageTag.objects.get(image__project=ims).key == "team"
    assert ImageTag.objects.get(image__project=glance).key == "team.core"
    factories.put(glance.region, document(3, tags=["team.core"]))
    assert ImageTag.objects.get(image__project=None).key == "team.core"


@pytest.mark.parametrize("raw", [b'{"id":"x","name":"\xff"}', b'{"id":"x","size":1e999}', b"[1]"])
def test_an_image_that_cannot_be_read_is_named(raw):
    with transaction.atomic(), pytest.raises(Unreadable, match="image x in a form that cannot be read"):
        publication.apply(factories.project(), [ReceivedImage.of("x", raw)], (), seen_at=timezone.now())
