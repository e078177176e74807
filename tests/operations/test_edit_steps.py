"""The steps of an edit as they go to IMS and to a plain Glance, which spells the description its own way."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from images.ims import Change, capabilities_of
from images.operations.actions.base import Work
from images.operations.actions.changing import Edit


class Images:
    """An image at a service; keeps the steps that were sent."""

    def __init__(self, **held):
        self.held, self.sent = held, []

    def get_raw(self, _image_id):
        return SimpleNamespace(raw=json.dumps(self.held))

    def update_raw(self, _image_id, changes):
        self.sent = list(changes)
        return SimpleNamespace(raw=json.dumps(self.held))


def sent(kind: str, held: dict, *changes: dict) -> list[Change]:
    images = Images(**held)
    work = Work(1, "edit", "an-image", "web", {"changes": changes}, 0, datetime(2026, 11, 23, tzinfo=UTC), {})
    Edit().send(SimpleNamespace(images=images, kind=kind, capabilities=capabilities_of(kind)), work)
    return images.sent


@pytest.mark.parametrize(("kind", "name"), [("ims", "__description"), ("openstack", "description")])
def test_the_description_has_the_name_that_the_service_knows(kind, name):
    wanted = {"attribute": "__description", "value": "new", "before": "old"}
    assert sent(kind, {name: "old"}, wanted) == [Change("replace", name, "new")]
    assert sent(kind, {}, wanted | {"before": ""}) == [Change("add", name, "new")]
    emptied = Change("replace", name, "") if kind == "ims" else Change("remove", name)
    assert sent(kind, {name: "old"}, wanted | {"value": ""}) == [emptied]


def test_an_attribute_of_ones_own_is_taken_off():
    assert sent("ims", {"__team": "web"}, {"attribute": "__team", "value": "", "before": "web"}) == [
        Change("remove", "__team")
    ]
