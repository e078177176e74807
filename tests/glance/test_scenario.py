"""What our client tells the sandbox (tests/protocol/test_scenario.py) it tells a real Glance in the same words."""

import pytest

from images.ims import NotFound, NotOffered, SystemDisk
from tests.protocol import scenario


@pytest.fixture
def cast(client_of) -> scenario.Cast:
    return scenario.Cast(client_of("team-a"), client_of("team-b"))


def test_the_life_of_an_image(cast):
    scenario.whole_life(cast)


def test_the_quota(cast):
    scenario.count(cast)


def test_what_a_glance_does_not_offer_is_refused_before_it_is_asked(cast):
    with pytest.raises(NotOffered):
        cast.owner.images.create(SystemDisk(name="no servers here", instance_id="x"))
    with pytest.raises(NotOffered):
        cast.owner.jobs.get("x")


def test_an_image_that_is_not_there(cast):
    with pytest.raises(NotFound):
        cast.owner.images.get("00000000-0000-4000-8000-000000000000")
