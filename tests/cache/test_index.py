"""Readers follow the index by its version; rebuilding it from the tables gives what was kept in step."""

from hashlib import sha256
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from pyroaring import BitMap

from images.cache.facets import FACET_COLUMNS, FLAGS, SHAPE, pairs_of, tag_pair
from images.cache.models.image import Image
from images.cache.models.posting import IndexState, Posting
from images.cache.queries import index as reading
from images.cache.services import index
from images.cache.services.index import Delta
from images.system.services.upgrade import upgrade
from tests import factories

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]


@pytest.fixture
def project():
    project = factories.project()
    factories.put(project, *(factories.document(number, project.project_id) for number in range(40)))
    return project


def test_the_first_publication_has_every_pair(project):
    kept = {(row.field, row.value): bytes(row.bitmap) for row in Posting.objects.all()}
    index.rebuild()
    assert {(row.field, row.value): bytes(row.bitmap) for row in Posting.objects.all()} == kept


def test_readers_see_a_new_version_and_an_older_snapshot_stays_as_it_was(project):
    before = reading.current()
    held = before.get("holder", f"p{project.pk}").copy()
    factories.put(project, factories.document(99, project.project_id, __platform="Plan 9"))
    after = reading.current()
    assert after.version == before.version + 1
    assert len(after.get("platform", "Plan 9")) == 1
    assert before.get("holder", f"p{project.pk}") == held
    assert not before.get("platform", "Plan 9")


def test_readers_learn_that_a_posting_became_empty(project):
    factories.put(project, factories.document(99, project.project_id, __platform="Plan 9", tags=["rare=1"]))
    assert "Plan 9" in reading.current().values("platform")
    assert reading.current().tag_values("rare")
    factories.put(project, gone=(Image.objects.get(platform="Plan 9").pk,))
    assert "Plan 9" not in reading.current().values("platform")
    assert not reading.current().tag_values("rare")
    assert Posting.objects.get(field="platform", value="Plan 9").count == 0


def test_an_empty_posting_that_no_reader_holds_goes_at_once(project):
    factories.put(project, factories.document(99, project.project_id, tags=["build=2026-11-23"]))
    only = Image.objects.get(tags__value="2026-11-23")
    lazy = Posting.objects.filter(field="tag", value__startswith="build")
    assert lazy.get().count == 1
    factories.put(project, gone=(only.pk,))
    assert not lazy.exists()
    assert Posting.objects.get(field="tag_key", value="build").count == 0  # of a held field: readers must learn of it
    assert not reading.current().get("tag", tag_pair("build", "2026-11-23")[1])


def test_reindex_purges_what_older_versions_left_empty(project):
    Posting.objects.create(field="tag", value="old\x1fone", bitmap=BitMap().serialize(), count=0, version=1)
    index.rebuild()
    assert not Posting.objects.filter(field="tag", count=0).exists()


def test_only_touched_postings_are_rewritten(project):
    untouched = Posting.objects.get(field="holder", value=f"p{project.pk}").version
    image = Image.objects.first()
    factories.put(project, {**image.attributes, "__platform": "Plan 9"})
    assert Posting.objects.get(field="holder", value=f"p{project.pk}").version == untouched
    newest = IndexState.objects.get().version
    written = set(Posting.objects.filter(version=newest).values_list("field", "value"))
    assert written == {("platform", image.platform), ("platform", "Plan 9")}


def test_reindex_mends_an_index_that_went_wrong(project, capsys):
    right = {(row.field, row.value): bytes(row.bitmap) for row in Posting.objects.all()}
    wrong = Delta()
    wrong.enter["platform", "Nowhere"].append(1)
    wrong.leave["holder", f"p{project.pk}"].append(Image.objects.first().pk)
    index.publish(wrong)
    Posting.objects.filter(field="status", value="active").delete()
    call_command("reindex")
    assert f"version {IndexState.objects.get().version}" in capsys.readouterr().out
    assert {(row.field, row.value): bytes(row.bitmap) for row in Posting.objects.filter(count__gt=0)} == right


def test_what_is_not_published_stays_out_of_a_rebuilt_index(project):
    project.published_at = None
    project.save()
    index.rebuild()
    assert not Posting.objects.filter(count__gt=0).exists()
    assert not reading.current().everything


def test_whoever_changes_what_images_are_posted_under_raises_the_shape():
    """Else an upgrade would keep an index that the new filters do not find."""
    flags = ",".join(f"{name}:x" for name in sorted(FLAGS))
    row = SimpleNamespace(**dict.fromkeys(FACET_COLUMNS, "x") | {"project_id": 7, "flags": flags, "min_ram": 4})
    pairs = sorted(pairs_of(row, [("key", "value")]))
    assert (SHAPE, sha256(repr(pairs).encode()).hexdigest()[:12]) == (1, "e7e036c68667")


def test_an_upgrade_makes_an_index_of_another_shape_anew(project):
    IndexState.objects.update_or_create(pk=1, defaults={"shape": SHAPE + 1})
    Posting.objects.all().delete()
    assert "Index: made anew." in list(upgrade(static=False))
    assert IndexState.objects.get().shape == SHAPE
    assert Posting.objects.filter(field="holder").exists()
    assert "Index: nothing to do." in list(upgrade(static=False))
