"""The tabs of the section “Sharing”: one for each of its pages."""

from django.urls import reverse
from django.utils.translation import gettext as _

from images.core.requests import SignedIn


def sharing_tabs(_request: SignedIn, current: str) -> list[dict[str, object]]:
    """`current`: the name of the tab that is shown. A further page is a line here."""
    tabs = [
        ("shared_in", _("Shared with us"), reverse("images:shared_in")),
        ("shared_out", _("Shared out"), reverse("images:shared_out")),
        ("partners", _("Address book"), reverse("images:partners")),
    ]
    return [
        {"name": name, "label": label, "url": url, "current": name == current, "count": None}
        for name, label, url in tabs
    ]
