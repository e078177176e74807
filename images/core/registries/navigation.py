"""The header's navigation, which rooms fill in `images/<room>/navigation.py` when the app is ready.

navigation.add("quotas", _("Quotas"), "images:quotas", place=60)
navigation.mark("quotas", "quotas", "quota")
"""

from dataclasses import dataclass

from django.utils.functional import Promise

#: Of pages about which no room says anything.
USUAL = "images"


@dataclass(frozen=True, slots=True)
class Item:
    """`place`: where it stands among the others, which have tens. `url_name`: of the page that it opens."""

    section: str
    label: Promise
    url_name: str
    place: int


_ITEMS: dict[str, Item] = {}
_SECTIONS: dict[str, str] = {}


def add(section: str, label: Promise, url_name: str, *, place: int) -> None:
    """An item in the header. A ValueError for a section or a place that is taken."""
    if section in _ITEMS or any(place == item.place for item in _ITEMS.values()):
        raise ValueError(f"{section} at {place}: another item is there")
    _ITEMS[section] = Item(section, label, url_name, place)


def mark(section: str, *words: str) -> None:
    """On pages whose URL name begins with one of these words the header marks this section; it may have no item of its
    own. Empty: nothing is marked. A ValueError for a word that belongs to another."""
    for word in words:
        if _SECTIONS.setdefault(word, section) != section:
            raise ValueError(f"{word} belongs to {_SECTIONS[word]}, not to {section}")


def items() -> list[Item]:
    return sorted(_ITEMS.values(), key=lambda item: item.place)


def section_of(url_name: str) -> str:
    return _SECTIONS.get(url_name.partition("_")[0], USUAL)
