"""Calls that are under way, as the carrier remembers them and as what they brought is reported."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from images.models import Job, OperationItem
from images.services.operations.acts import Travel, Work
from images.services.operations.calls import Landed
from images.services.operations.refetching import Fetched


@dataclass(slots=True)
class Flight:
    """A call that is under way: "send" or "look" for an item, "ask" for a job."""

    purpose: str
    project_id: int
    item: OperationItem | None = None
    #: Items that went out in one call.
    together: list[OperationItem] = field(default_factory=list)
    job: Job | None = None
    waiting: list[OperationItem] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    #: Of a file that travels: how far it was when that was last noted.
    travel: Travel | None = None
    percent: int = -1

    @property
    def items(self) -> list[OperationItem]:
        """Those that a call is under way for."""
        return [self.item] if self.item else self.together

    def apart(self, landed: Landed) -> Iterator[tuple["Flight", Landed]]:
        """What came back, item by item; what was fetched is told with the first."""
        if not self.together:
            yield self, landed
        for place, item in enumerate(self.together):
            yield (
                Flight(self.purpose, self.project_id, item),
                landed if not place else replace(landed, fetched=Fetched()),
            )
