"""Rooms declare what people can be told of."""

import dataclasses

import pytest
from django.utils.translation import gettext_lazy

from images.notices import kinds
from images.notices.kinds import OFTEN, SOON, Audience, Choice, Mail, NoticeKind, declare

KETTLE = NoticeKind("kettle", gettext_lazy("Kettles"), Audience.VIEW, OFTEN, gettext_lazy("for all"))
TOASTER = NoticeKind("toaster", gettext_lazy("Toasters"), Audience.STAFF, SOON, gettext_lazy("for some"))


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(kinds, "_KINDS", {})


def test_kinds_stand_by_their_places(empty):
    assert declare(KETTLE, place=20) is KETTLE
    declare(TOASTER, place=10)
    assert kinds.choices() == [("toaster", "Toasters"), ("kettle", "Kettles")]
    assert kinds.find("kettle") is kinds.of("kettle") is KETTLE


def test_neither_value_nor_place_is_given_twice(empty):
    declare(KETTLE, place=10)
    for kind, place in ((TOASTER, 10), (dataclasses.replace(TOASTER, value="kettle"), 20)):
        with pytest.raises(ValueError, match="another kind is there"):
            declare(kind, place=place)


def test_what_nobody_has_declared_is_of_another_release(empty):
    assert kinds.find("kettle") is None
    with pytest.raises(ValueError, match="nobody has declared the kind kettle"):
        kinds.of("kettle")


@pytest.mark.parametrize(
    ("chosen", "choice"),
    [
        ({}, OFTEN),
        ({"kettle": {"bell": False}}, Choice(False, Mail.DIGEST)),
        ({"kettle": {"mail": "now"}}, Choice(True, Mail.NOW)),
        ({"kettle": {"mail": "by pigeon"}}, OFTEN),
        ({"toaster": {"bell": False, "mail": ""}}, OFTEN),
    ],
)
def test_who_has_chosen_nothing_gets_what_is_usual(chosen, choice):
    assert KETTLE.choice(chosen) == choice
