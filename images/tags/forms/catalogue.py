"""What part of the catalogue of tags somebody looks at, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from images.core.spelling import composed
from images.tags.queries.catalogue import Entry

#: Entries of a page.
SIZE: Final = 50
#: Name → words, and how entries are put in order; ties stand by name.
SORTS: Final[Mapping[str, tuple[object, Callable[[Entry], object]]]] = {
    "count": (_("most images"), lambda entry: -entry.count),
    "name": (_("name"), lambda entry: ""),
    "rising": (_("rising"), lambda entry: -entry.trend.recent),
    "falling": (_("falling"), lambda entry: entry.trend.recent),
}
#: Name → words, and which entries are shown.
SHOWN: Final[Mapping[str, tuple[object, Callable[[Entry], bool]]]] = {
    "": (_("all"), lambda entry: True),
    "twins": (_("other spellings"), lambda entry: bool(entry.twin)),
    "moved": (_("moved"), lambda entry: entry.trend.moved),
    "new": (_("new"), lambda entry: entry.trend.new),
    "gone": (_("gone"), lambda entry: entry.trend.gone),
}


@dataclass(frozen=True)
class CatalogueState:
    """Everything that is in the URL. Nonsense reads as what is usual."""

    key: str = ""
    text: str = ""
    sort: str = "count"
    show: str = ""
    page: int = 1

    @classmethod
    def of(cls, params: QueryDict) -> "CatalogueState":
        sort, show, page = (params.get(name, "") for name in ("sort", "show", "page"))
        return cls(
            params.get("key", "")[:255],
            params.get("q", "").strip()[:255],
            sort if sort in SORTS else "count",
            show if show in SHOWN else "",
            int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 8 else 1,
        )

    @property
    def query(self) -> str:
        said = {"key": self.key, "q": self.text, "sort": self.sort if self.sort != "count" else "", "show": self.show,
                "page": self.page if self.page > 1 else ""}  # fmt: skip
        return urlencode({name: value for name, value in said.items() if value})

    def chosen(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those that are asked for, in order."""
        folded = composed(self.text).casefold()
        wanted = SHOWN[self.show][1]
        found = [entry for entry in entries if folded in composed(entry.text).casefold() and wanted(entry)]
        order = SORTS[self.sort][1]
        return sorted(found, key=lambda entry: (order(entry), entry.text.casefold(), entry.text))

    def on_page(self, number: int) -> "CatalogueState":
        return replace(self, page=number)
