"""Each page: nothing for axe to find in light and dark, nothing wider than a phone, one heading, no trouble."""

import pytest

from tests.browser.conftest import NARROW, WIDE
from tests.browser.shelf import pages, stock

NAMES = list(pages(0))
BEFORE_SIGN_IN = ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"]


def path_of(name: str) -> str:
    return pages(stock().image.pk)[name]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_page_is_accessible(visit, viewer, name, dark):
    window = visit(viewer, width=WIDE, dark=dark)
    window.expected = ["404"]
    page = window.open(path_of(name))
    window.settle()
    assert not window.violations()
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.title().endswith("Image Console")


@pytest.mark.parametrize("name", NAMES)
def test_page_fits_a_phone_and_is_accessible_there(visit, viewer, name):
    window = visit(viewer, width=NARROW)
    window.expected = ["404"]
    window.open(path_of(name))
    window.settle()
    assert not window.overflow()
    assert not window.violations()


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("path", BEFORE_SIGN_IN)
def test_page_before_sign_in(visit, path, width):
    window = visit(width=width, dark=width == WIDE)
    window.open(path)
    assert not window.overflow()
    assert not window.violations()
