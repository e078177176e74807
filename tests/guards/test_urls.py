"""Rooms bring their URLs each by itself, so what an address opens must not hang on which room comes first."""

import re
from itertools import combinations

import pytest
from django.urls import URLPattern, path
from django.urls.converters import get_converters

from images.apps import modules_of_rooms


def may_meet(one: URLPattern, other: URLPattern) -> bool:
    """Is there an address that both would answer? Two placeholders for one segment count as if there were."""
    return _meet(str(one.pattern).split("/"), str(other.pattern).split("/"))


def _meet(one: list[str], other: list[str]) -> bool:
    if any(segments and segments[0].startswith("<path:") for segments in (one, other)):
        return bool(one and other)
    if not one or not other:
        return one == other
    return _fits(one[0], other[0]) and _meet(one[1:], other[1:])


def _fits(one: str, other: str) -> bool:
    if one == other or (one.startswith("<") and other.startswith("<")):
        return True
    word, placeholder = sorted((one, other), key=lambda segment: segment.startswith("<"))
    if not placeholder.startswith("<"):
        return False
    kind, _colon, _name = placeholder[1:].partition(":")
    return re.fullmatch(get_converters()[kind].regex, word) is not None


def view(_request):
    raise AssertionError


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a/", "a/", True),
        ("a/", "b/", False),
        ("a/", "a/b/", False),
        ("a/<id:pk>/", "a/b/", False),
        ("a/<slug:name>/", "a/b/", True),
        ("a/<slug:name>/c/", "a/<id:pk>/c/", True),
        ("a/<slug:name>/c/", "a/b/", False),
        ("a/<path:rest>/", "a/b/c/", True),
        ("a/<path:rest>/", "b/c/", False),
    ],
)
def test_the_guard_sees_who_meets(one, other, meet):
    assert may_meet(path(one, view), path(other, view)) is meet
    assert may_meet(path(other, view), path(one, view)) is meet


def test_no_address_belongs_to_two_rooms():
    rooms = modules_of_rooms("urls")
    assert len(rooms) > 10
    pairs = combinations(rooms, 2)
    both = [
        f"{one.pattern} ({a.__name__}) and {other.pattern} ({b.__name__})"
        for a, b in pairs
        for one in a.urlpatterns
        for other in b.urlpatterns
        if may_meet(one, other)
    ]
    assert both == []
