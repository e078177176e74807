"""Where a page lies in its list, in words and links."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.core import humanize
from images.search.filters import ListState
from images.search.queries.listing import Page


@dataclass(frozen=True)
class Step:
    """A link of the pager; without a query it is a place where one already is."""

    name: str
    label: str
    query: str | None


@dataclass(frozen=True)
class Pager:
    position: str
    steps: Sequence[Step]
    number: int
    pages: int


def pager(page: Page, state: ListState) -> Pager:
    def to(number: int | None) -> str | None:
        return state.turned(number).query if number and number != page.number else None

    steps = (
        Step("first", _("First page"), to(1)),
        Step("previous", _("Previous page"), to(page.previous)),
        Step("next", _("Next page"), to(page.next)),
        Step("last", _("Last page"), to(page.pages)),
    )
    return Pager(position(page), steps, page.number, page.pages)


def position(page: Page) -> str:
    """51–100 of 12,345 images, page 2 of 247."""
    if not page.total:
        return _("No images")
    if page.pages == 1:
        return ngettext("%(n)s image", "%(n)s images", page.total) % {"n": humanize.number(page.total)}
    return _("%(first)s–%(last)s of %(total)s images, page %(number)s of %(pages)s") % {
        "first": humanize.number(page.first),
        "last": humanize.number(page.last),
        "total": humanize.number(page.total),
        "number": humanize.number(page.number),
        "pages": humanize.number(page.pages),
    }
