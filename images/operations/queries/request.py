"""What the address of the list of operations asks for, and the operations that it means."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from images.access.models import Membership
from images.access.permissions import visible_projects
from images.core.days import day_of, midnight, search_text
from images.core.ids import id_of
from images.core.spelling import containing
from images.operations.enums import FINAL_OPERATIONS, ActionKind, OperationState
from images.operations.models.operation import Operation, OperationItem

WHOSE = ("mine", "team", "all")


@dataclass(frozen=True, slots=True)
class OperationQuery:
    """What makes no sense counts as not asked. `since` and `until`: days (2026-01-31) in the reader's zone, both
    included; `text`: in the summary, the name of an image, or an image ID."""

    #: "mine", "team" (of those who are in a team with the reader), "all".
    whose: str = "all"
    kind: str = ""
    state: str = ""
    project: int = 0
    person: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "OperationQuery":
        project = query.get("project", "")
        return cls(
            whose=query.get("whose", "") if query.get("whose") in WHOSE else "all",
            kind=query.get("kind", "") if query.get("kind") in ActionKind else "",
            state=query.get("state", "") if query.get("state") in {*OperationState, "open"} else "",
            project=id_of(project),
            person=search_text(query.get("person", "")),
            since=day_of(query.get("since", "")),
            until=day_of(query.get("until", "")),
            text=search_text(query.get("text", "")),
        )

    def of_these(self, operations: QuerySet[Operation], user: User) -> QuerySet[Operation]:
        if self.whose == "mine":
            operations = operations.filter(actor=user)
        elif self.whose == "team":
            together = Membership.objects.filter(team__memberships__user=user)
            operations = operations.filter(Q(actor=user) | Q(actor__in=together.values("user")))
        if self.person:
            operations = operations.filter(actor_name=self.person)
        if self.kind:
            operations = operations.filter(kind=self.kind)
        if self.state == "open":
            operations = operations.exclude(state__in=FINAL_OPERATIONS)
        elif self.state:
            operations = operations.filter(state=self.state)
        if self.since:
            operations = operations.filter(created_at__gte=midnight(self.since))
        if self.until:
            operations = operations.filter(created_at__lt=midnight(self.until, days=1))
        return self._with_items(operations, user)

    def _with_items(self, operations: QuerySet[Operation], user: User) -> QuerySet[Operation]:
        seen = visible_projects(user)
        items = OperationItem.objects.filter(operation=OuterRef("pk"), project__in=seen)
        if self.project:
            several = Q(Exists(items.filter(project=self.project)), project=None)
            operations = operations.filter(Q(project=self.project) | several)
        if self.text:
            images = items.filter(Q(image_uid=self.text) | containing("image_name", self.text))
            # the line of one over several projects may name an image that this person does not see
            said = containing("summary", self.text) & Q(project__isnull=False)
            operations = operations.filter(said | Exists(images))
        return operations
