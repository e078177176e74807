"""Each page: nothing for axe to find, in light, in dark and on a phone; nothing wider than the phone; one heading.

axe takes more than a second a page. In `make test` it looks at pages that have what the others are made of, and at all
of them in `make test-slow`; what costs nothing is asked of each page in both.
"""

from collections.abc import Callable, Mapping

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from tests.browser import company
from tests.browser.fixtures import NARROW, WIDE
from tests.browser.shelf import pages, stock
from tests.browser.visits import STEADY, Visit

BEFORE_SIGN_IN = ["/accounts/login/", "/accounts/password/reset/"]
#: Every component, tiles, a list with its facets, tabs, and the two largest forms.
MADE_OF = {"components", "home", "list", "detail", "create", "act-edit-many"}
ABOUT: Mapping[str, Callable[[User], Mapping[str, str]]] = {
    "images": lambda _admin: pages(stock().image.pk),
    "people": company.people,
    "sharing": company.sharing,
}


def some(names: set[str], of: Mapping[str, str]) -> list[object]:
    """These in `make test`, all in `make test-slow`."""
    assert names <= of.keys()
    return [name if name in names else pytest.param(name, marks=pytest.mark.lane(minutes=0.05)) for name in of]


@pytest.mark.parametrize("about", ABOUT)
def test_every_page_stands_still_has_one_heading_and_fits_a_phone(visit, admin, about):
    """One window for all of them: the rows they show are put there once."""
    window = visit(admin)
    wrong = {}
    for name, path in ABOUT[about](admin).items():
        window.expected = ["404"] if name == "not-found" else []
        try:
            page = _opened(window, path)
            page.set_viewport_size({"width": NARROW, "height": 900})
            assert window.overflow() == []
        except AssertionError as error:
            wrong[name] = str(error)
        window.page.set_viewport_size({"width": WIDE, "height": 900})
    assert not wrong, "\n\n".join(f"{name}: {trouble}" for name, trouble in wrong.items())


@pytest.mark.parametrize("name", some(MADE_OF, pages(0)))
def test_page(visit, admin, name):
    window = visit(admin)
    if name == "not-found":
        window.expected = ["404"]
    _opened(window, pages(stock().image.pk)[name])
    _looks_right(window)


def test_the_list_stands_still_on_a_phone(visit, admin):
    window = visit(admin)
    window.page.set_viewport_size({"width": NARROW, "height": 900})
    stock()
    page = window.open("/images/")
    window.settle()
    page.locator("#facet-sheet:not([open])").wait_for()
    assert window.shift() <= STEADY


@pytest.mark.parametrize("name", some({"components"}, dict.fromkeys(["components", "list", "by-tag"], "")))
def test_a_page_that_comes_in_pieces_stands_still(visit, admin, name):
    window = visit(admin)
    path = pages(stock().image.pk)[name]
    window.slow_network()
    window.open(path)  # the style sheets are slower than the page: only with them at hand can it be drawn in pieces
    for _ in range(3):
        window.open(path)
        window.settle()
        assert window.shift() <= STEADY / 5


@pytest.mark.parametrize("path", BEFORE_SIGN_IN)
def test_page_before_sign_in(visit, db, path):
    window = visit()
    window.open(path)
    _looks_right(window)


@pytest.mark.lane(minutes=0.4)
@pytest.mark.parametrize("about", ["people", "sharing"])
def test_pages_beside_images(visit, admin, about):
    """One window for all of them, as above."""
    window = visit(admin)
    wrong = {}
    for name, path in ABOUT[about](admin).items():
        page = window.open(path)
        window.settle()
        try:
            assert page.get_by_role("heading", level=1).count() == 1, page.title()
            _looks_right(window)
        except AssertionError as error:
            wrong[name] = str(error)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert not wrong, "\n\n".join(f"{name}: {trouble}" for name, trouble in wrong.items())


def _opened(window: Visit, path: str) -> Page:
    page = window.open(path)
    window.settle()
    assert window.shift() <= STEADY
    assert page.get_by_role("heading", level=1).count() == 1, page.title()
    assert page.title().endswith("Image Console")
    return page


def _looks_right(window) -> None:
    page = window.page
    assert {"light": window.violations()} == {"light": []}
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    # a theme changes nothing but colours
    assert {"dark": window.violations("color-contrast")} == {"dark": []}
    page.set_viewport_size({"width": NARROW, "height": 900})
    # nor does a phone change the colours, and contrast is most of axe's time
    phone = window.violations("wcag2a", "wcag22aa", "best-practice")
    assert {"overflow": window.overflow(), "phone": phone} == {"overflow": [], "phone": []}
    page.set_viewport_size({"width": WIDE, "height": 900})
