"""What the address of the inbox asks for, and the shares that it means."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from images.core.ids import id_of
from images.incoming.enums import SENT_SHARES, ShareBox
from images.incoming.models import IncomingShare
from images.operations.enums import ItemState

#: Column and direction of each order; the id behind it makes it total.
ORDERS = {
    "age": ("waiting_since", False),
    "newest": ("waiting_since", True),
    "name": ("name", False),
    "largest": ("size", True),
}
FLAGS = ("elsewhere", "reopened", "asked", "stuck")
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """What makes no sense counts as not asked. `owner`: a project ID at the cloud; `mine`: assigned to the reader;
    `flag`: decided elsewhere, opened again, with an open question, or not arrived at IMS."""

    box: str = ShareBox.WAITING
    project: int = 0
    owner: str = ""
    mine: bool = False
    flag: str = ""
    sort: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "InboxQuery":
        box, project, sort = query.get("box", ""), query.get("project", ""), query.get("sort", "")
        return cls(
            box=box if box in ShareBox else ShareBox.WAITING,
            project=id_of(project),
            owner=query.get("owner", "").replace("\0", "").strip()[:_LONGEST],
            mine=query.get("mine", "") in {"1", "on"},
            flag=query.get("flag", "") if query.get("flag") in FLAGS else "",
            sort=sort if sort in ORDERS else "",
        )

    @property
    def order(self) -> str:
        """What waits longest comes first; of what is decided the newest."""
        return self.sort or ("age" if self.box == ShareBox.WAITING else "newest")

    @property
    def query(self) -> str:
        """The same as a query string, without what is usual."""
        said = {
            "box": "" if self.box == ShareBox.WAITING else self.box,
            "project": self.project or "",
            "owner": self.owner,
            "mine": "1" if self.mine else "",
            "flag": self.flag,
            "sort": self.sort,
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def is_filtered(self) -> bool:
        return bool(self.project or self.owner or self.mine or self.flag)

    def within(self, box: str) -> "InboxQuery":
        return replace(self, box=box, flag="", sort="")

    def of_these(self, shares: QuerySet[IncomingShare], user: User) -> QuerySet[IncomingShare]:
        """All that is asked for but the box."""
        if self.project:
            shares = shares.filter(project=self.project)
        if self.owner:
            shares = shares.filter(owner=self.owner)
        if self.mine:
            shares = shares.filter(assigned_to=user)
        return shares.filter(_OF_FLAG[self.flag]) if self.flag else shares

    def ordered(self, shares: QuerySet[IncomingShare], *, backwards: bool = False) -> QuerySet[IncomingShare]:
        column, descending = ORDERS[self.order]
        sign = "-" if descending != backwards else ""
        return shares.order_by(f"{sign}{column}", f"{sign}id")

    def beyond(self, share: IncomingShare, *, backwards: bool = False) -> Q:
        """Those that follow a share in this order (or go before it)."""
        column, descending = ORDERS[self.order]
        how = "lt" if descending != backwards else "gt"
        value = getattr(share, column)
        # the first condition is what an index starts from; the second does the rest
        return Q(**{f"{column}__{how}e": value}) & (
            Q(**{f"{column}__{how}": value}) | Q(**{column: value, f"id__{how}": share.pk})
        )


_OF_FLAG = {
    "elsewhere": Q(elsewhere=True),
    "reopened": Q(reopened__gt=""),
    "asked": Q(state="asked"),
    "stuck": Q(state__in=SENT_SHARES, item__state__in=(ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN)),
}


def past_project(pks: list[int]) -> Q:
    """In one of these projects, said so that the database goes along the order and not from project to project: that
    would be to sort ten thousand for a page of fifty."""
    return Q(project_number__in=pks)


def numbered(shares: QuerySet[IncomingShare]) -> QuerySet[IncomingShare]:
    return shares.alias(project_number=F("project_id") + 0)
