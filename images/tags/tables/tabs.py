"""The two pages about tags as tabs: what is in use, and what is asked."""

from django.utils.translation import gettext as _

from images.core.url_cache import cached_url


def tag_tabs(current: str) -> list[dict[str, object]]:
    """`current` is "catalogue" or "policy"."""
    pages = (("catalogue", _("In use"), "images:tag_catalogue"), ("policy", _("Policies"), "images:tag_policies"))
    return [
        {"name": name, "label": label, "url": cached_url(route), "current": name == current, "count": None}
        for name, label, route in pages
    ]
