"""Rooms bring their items of the header, and say on which pages it marks them."""

import re

import pytest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from images.core.registries import navigation


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(navigation, "_ITEMS", {})
    monkeypatch.setattr(navigation, "_SECTIONS", {})


def test_items_stand_by_their_places_whoever_comes_first(empty):
    navigation.add("late", gettext_lazy("Late"), "images:list", place=20)
    navigation.add("soon", gettext_lazy("Soon"), "images:list", place=10)
    assert [item.section for item in navigation.items()] == ["soon", "late"]


@pytest.mark.parametrize(("section", "place"), [("tags", 40), ("labels", 30)])
def test_neither_section_nor_place_is_given_twice(empty, section, place):
    navigation.add("tags", gettext_lazy("Tags"), "images:list", place=30)
    with pytest.raises(ValueError, match="another item is there"):
        navigation.add(section, gettext_lazy("Tags"), "images:list", place=place)


def test_a_word_belongs_to_one_section_which_several_rooms_may_say(empty):
    navigation.mark("sharing", "shared")
    navigation.mark("sharing", "shared", "partner")
    assert navigation.section_of("shared_in_vote") == "sharing"
    assert navigation.section_of("detail") == navigation.USUAL
    with pytest.raises(ValueError, match="shared belongs to sharing"):
        navigation.mark("clouds", "shared")


@pytest.mark.parametrize(
    ("page", "marked"), [("home", "Overview"), ("list", "Images"), ("shared_in", "Sharing"), ("quotas", "Quotas")]
)
def test_the_header_marks_the_section_of_the_page(as_viewer, page, marked):
    header, _end, _main = as_viewer.get(reverse(f"images:{page}")).content.decode().partition("</header>")
    # once on wide screens, once in the menu of small ones
    assert re.findall(r'aria-current="page"\s*>([^<]+)</a>', header) == [marked, marked]
