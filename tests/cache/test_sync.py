"""Synchronisation against the real sandbox over HTTP: what it brings, what it notices, what it must never do."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pyroaring import BitMap

from images.cache.models.image import Image, ImageChange
from images.cache.models.posting import IndexState, Posting
from images.cache.services import index, scheduling
from images.cache.services.leases import Busy, lease
from images.cache.services.sync import SyncFailed, sync_holder
from images.clouds.models import Project
from images.core import backoff
from tests.clouds.projects import in_cache, in_index, in_sandbox, project_of, public_in_sandbox
from tests.sandbox_process import SandboxProcess

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), images=1500) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    yield shared_sandbox
    shared_sandbox.clear_faults()


@pytest.fixture
def project(sandbox):
    return project_of(sandbox)


def bitmaps() -> dict[tuple[str, str], BitMap]:
    """As sets: the same one may be written as an array or as runs."""
    held = Posting.objects.filter(count__gt=0)
    return {(row.field, row.value): BitMap.deserialize(bytes(row.bitmap)) for row in held}


def assert_equal(sandbox, project):
    """Cache and sandbox agree, field by field, and the index shows exactly what the cache holds."""
    assert in_cache(project) == in_sandbox(sandbox, project)
    assert in_index(project) == set(in_cache(project))
    before = bitmaps()
    index.rebuild()
    assert bitmaps() == before


def test_first_synchronisation_brings_everything(sandbox, project):
    done = sync_holder(project)
    assert done.full
    assert done.appeared == len(in_sandbox(sandbox, project)) > 500
    assert_equal(sandbox, project)
    project.refresh_from_db()
    assert project.published_at
    assert project.synced_at
    assert not project.error
    assert not project.lease_owner
    assert not ImageChange.objects.exists(), "to be seen for the first time is no change"
    assert Image.objects.exclude(member_status="").exists(), "those that others share are among them"


def test_public_images_are_kept_once_per_region(sandbox, project):
    sync_holder(project)
    sync_holder(project.region)
    assert in_cache(project.region) == public_in_sandbox(sandbox, project)
    assert in_index(project.region) == set(in_cache(project.region))
    assert not Image.objects.filter(project=project, visibility="public").exists()


def test_nothing_changed_writes_nothing(sandbox, project):
    sync_holder(project)
    version = IndexState.objects.get().version
    done = sync_holder(project, full=True)
    assert (done.appeared, done.changed, done.gone) == (0, 0, 0)
    assert IndexState.objects.get().version == version


def test_quick_synchronisation_notices_changes_and_keeps_history(sandbox, project):
    sync_holder(project)
    image = Image.objects.filter(project=project, member_status="", status="active").first()
    sandbox.patch_image(image.image_id, name="renamed elsewhere", __support_kvm="true", min_ram=4096)
    new = sandbox.create_images(project.project_id, count=3)
    done = sync_holder(project)
    assert (done.full, done.appeared, done.gone) == (False, 3, 0)
    assert_equal(sandbox, project)
    changes = {change.attribute: change for change in ImageChange.objects.filter(image_id=image.image_id)}
    assert changes["name"].old == f'"{image.name}"'
    assert changes["name"].new == '"renamed elsewhere"'
    assert changes["min_ram"].new == "4096"
    assert set(ImageChange.objects.filter(kind="appeared").values_list("image_id", flat=True)) == set(new)


def test_deletion_is_noticed_by_a_full_synchronisation_only(sandbox, project):
    new = sandbox.create_images(project.project_id, count=2, name="short lived")
    sync_holder(project)
    sandbox.delete_image(new[0])
    assert sync_holder(project).gone == 0
    assert sync_holder(project, full=True).gone == 1
    assert_equal(sandbox, project)
    assert ImageChange.objects.filter(image_id=new[0], kind="gone", image_name="short lived").exists()


def test_member_state_and_revoked_share_are_noticed_by_a_quick_one(sandbox, project):
    sync_holder(project)
    pending, accepted = (
        Image.objects.filter(project=project, member_status=s).first() for s in ("pending", "accepted")
    )
    sandbox.set_member(pending.image_id, project.project_id, "accepted")
    sandbox.set_member(accepted.image_id, project.project_id, None)
    done = sync_holder(project)
    assert not done.full
    assert done.gone == 1
    assert_equal(sandbox, project)
    change = ImageChange.objects.get(image_id=pending.image_id, attribute="member_status")
    assert (change.old, change.new) == ('"pending"', '"accepted"')


def test_a_failing_page_deletes_nothing_and_says_so(sandbox, project):
    sync_holder(project)
    before = in_cache(project)
    sandbox.delete_image(next(iter(before)))
    sandbox.fault(kind="status", operation="5.1.1", status=500, skip=1)
    with pytest.raises(SyncFailed):
        sync_holder(project, full=True)
    assert in_cache(project) == before
    project.refresh_from_db()
    assert project.error
    assert project.error_at
    assert not project.lease_owner
    sandbox.clear_faults()
    sync_holder(project, full=True)
    project.refresh_from_db()
    assert not project.error
    assert_equal(sandbox, project)


def test_whoever_fails_again_and_again_is_asked_less_and_less_often(sandbox, project):
    sandbox.fault(kind="status", operation="5.1.1", status=500, times=1000)
    with pytest.raises(SyncFailed):
        sync_holder(project)
    project.refresh_from_db()
    assert project.failures == 1
    assert 20 < seconds_until(project.retry_at) <= backoff.SYNCS.ceiling(1)
    Project.objects.filter(pk=project.pk).update(failures=90, retry_at=timezone.now())
    with pytest.raises(SyncFailed):
        sync_holder(project)
    project.refresh_from_db()
    assert project.failures == 91
    assert 20 < seconds_until(project.retry_at) <= backoff.SYNCS.longest
    assert project not in scheduling._due(Project.objects.filter(pk=project.pk))
    sandbox.clear_faults()
    sync_holder(project)
    project.refresh_from_db()
    assert (project.failures, project.retry_at) == (0, None)


def test_a_service_that_says_how_long_to_wait_is_listened_to(sandbox, project):
    sandbox.fault(kind="status", operation="5.1.1", status=429, retry_after=700, times=1000)
    with pytest.raises(SyncFailed):
        sync_holder(project)
    project.refresh_from_db()
    assert 690 < seconds_until(project.retry_at) < 780


def seconds_until(moment) -> float:
    return (moment - timezone.now()).total_seconds()


def test_a_page_that_is_not_json_is_a_sentence(sandbox, project):
    sandbox.fault(kind="garbage", operation="5.1.1")
    with pytest.raises(SyncFailed) as failure:
        sync_holder(project)
    assert "Traceback" not in str(failure.value)
    assert len(str(failure.value)) > 20
    assert not in_index(project)


def test_unpublished_images_are_seen_by_nobody(sandbox, project, viewer):
    sandbox.fault(kind="status", operation="5.1.1", status=500, skip=3)
    with pytest.raises(SyncFailed):
        sync_holder(project)
    assert not Image.objects.visible_to(viewer).exists()
    assert not in_index(project)


def test_two_at_once_are_one(sandbox, project):
    with lease(project), pytest.raises(Busy):
        sync_holder(project)
    sync_holder(project)


def test_what_is_due(sandbox, project):
    assert [scheduling.ref_of(holder) for holder in scheduling._due(type(project).objects.managed())] == [
        f"p{project.pk}"
    ]
    sync_holder(project)
    project.refresh_from_db()
    assert scheduling._due(type(project).objects.managed()) == []
    assert not scheduling.full_is_due(project)
    project.full_synced_at = timezone.now() - timedelta(days=1)
    assert scheduling.full_is_due(project)
    scheduling.want(project, full=True)
    assert scheduling._due(type(project).objects.managed()) == [project]
