"""Calls that are under way, as the carrier remembers them and as what they brought is reported."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from images.operations.actions import TransferProgress, Work
from images.operations.models.operation import Job, OperationItem
from images.operations.services.calls import CallResult
from images.operations.services.refetch import Fetched


@dataclass(slots=True)
class CallInFlight:
    """A call that is under way: "prepare", "send" or "look" for an item, "ask" for a job."""

    purpose: str
    project_id: int
    item: OperationItem | None = None
    #: Items that went out in one call.
    together: list[OperationItem] = field(default_factory=list)
    job: Job | None = None
    waiting: list[OperationItem] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    #: Of a file that travels: how far it was when that was last noted.
    travel: TransferProgress | None = None
    percent: int = -1

    @property
    def items(self) -> list[OperationItem]:
        """Those that a call is under way for."""
        return [self.item] if self.item else self.together

    def apart(self, landed: CallResult) -> Iterator[tuple["CallInFlight", CallResult]]:
        """What came back, item by item; what was fetched is told with the first."""
        if not self.together:
            yield self, landed
        for place, item in enumerate(self.together):
            yield (
                CallInFlight(self.purpose, self.project_id, item),
                landed if not place else replace(landed, fetched=Fetched()),
            )
