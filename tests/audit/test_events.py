"""Rooms declare what the audit can tell."""

import pytest

from images.audit import events
from images.audit.events import AuditEvent, declare


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(events, "_CLASSES", {})
    monkeypatch.setattr(events, "_EVENTS", {})


class Kettle(AuditEvent):
    BOILED = "kettle.boiled", "boiled"


class Toaster(AuditEvent):
    BURNT = "toaster.burnt", "burnt"
    REPAIRED = "toaster.repaired", "repaired"


class Stove(AuditEvent):
    BOILED = "kettle.boiled", "boiled on the stove"


def test_events_stand_by_the_places_of_their_classes(empty):
    declare(place=20)(Kettle)
    declare(place=10)(Toaster)
    assert events.declared() == ["toaster.burnt", "toaster.repaired", "kettle.boiled"]
    assert events.find("toaster.burnt") is Toaster.BURNT
    assert events.find("toaster.sold") is None


def test_neither_value_nor_place_is_given_twice(empty):
    declare(place=10)(Kettle)
    with pytest.raises(ValueError, match="Stove at 20: kettle.boiled is taken"):  # noqa: RUF043
        declare(place=20)(Stove)
    with pytest.raises(ValueError, match="Toaster at 10: the place is taken"):
        declare(place=10)(Toaster)


def test_what_a_room_can_tell_is_declared():
    """A class without the decorator would show as its bare values, and no filter would offer it."""
    ours = {found for found in AuditEvent.__subclasses__() if found.__module__.startswith("images.")}
    assert len(ours) > 10
    assert {type(event) for event in events.declared()} == ours
