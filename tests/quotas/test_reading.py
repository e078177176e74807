"""The quota of a project is told when it is known, and when not the page says why and goes on."""

import pytest

from images.ims.quotas import Quota
from images.quotas.services.headroom import Room, quota_exceeded, room_in
from tests import factories
from tests.clouds.projects import project_of


def test_what_the_service_says(db, cloud):
    room = room_in(project_of(cloud))
    assert room.quota is not None
    assert room.quota.type == "image"
    assert room.reason == ""


def test_not_known_has_a_reason(db):
    room = room_in(factories.project())
    assert room.quota is None
    assert room.reason


@pytest.mark.parametrize(("used", "quota", "lacks"), [(9, 10, True), (8, 10, False), (99, -1, False)])
def test_too_many(used, quota, lacks):
    assert Room(Quota("image", used, quota)).lacks(2) is lacks
    assert not Room(None, "no answer").lacks(2)


def test_projects_without_room_for_so_many(db, cloud):
    there, away = project_of(cloud), factories.project()
    left = room_in(there).quota.left
    assert quota_exceeded({there: left, away: 10**6}) == []
    (found,) = quota_exceeded({there: left + 1, away: 10**6})
    assert (found.project, found.wanted, found.quota.left) == (there, left + 1, left)
