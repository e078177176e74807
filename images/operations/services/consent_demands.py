"""Operations that need a second person, and the rows that wait for an answer.

operations/services/consent.py decides.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from images.clouds.models import Project
from images.core import clock
from images.notices import services as notices
from images.operations import notice_kinds
from images.operations.enums import ActionKind, ConsentState
from images.operations.models.consent import Consent, ConsentPolicy
from images.operations.models.operation import Operation, OperationEvent
from images.operations.queries.visible_parts import part_in


def demanding_policies(kind: ActionKind, projects: Iterable[Project]) -> list[ConsentPolicy]:
    """The policies of those projects that want a second person for this act."""
    policies = ConsentPolicy.objects.filter(project__in=list(projects)).select_related("project").order_by("pk")
    return [policy for policy in policies if policy.demands(kind)]


def ask(operation: Operation, policies: Iterable[ConsentPolicy]) -> None:
    """Asks each of these projects. Inside the transaction that makes the operation."""
    now = clock.now()
    for policy in policies:
        until = now + timedelta(days=policy.days)
        asked = Consent.objects.create(operation=operation, project=policy.project, expires_at=until)
        text = _("%(project)s asks for a second person's consent") % {"project": policy.project}
        OperationEvent.objects.create(operation=operation, text=text)
        words = _("%(who)s asks for your consent: %(operation)s")
        notices.write_notice(
            kind=notice_kinds.CONSENT,
            project=policy.project,
            subject=words % {"who": operation.actor_name, "operation": part_in(operation, policy.project)},
            url=reverse("images:consent", args=[asked.pk]),
            but=[operation.actor] if operation.actor else [],
        )


def settle(consents: Mapping[str, object], state: ConsentState, *, actor: User | None, comment: str = "") -> int:
    """Ends those that match and still wait; returns how many. Inside a transaction that holds the operation's row.

    `consents`: a filter. `actor`: None when nobody did it.
    """
    waiting = Consent.objects.waiting().filter(**consents)
    operations = list(waiting.order_by().values_list("operation_id", flat=True))
    ended = waiting.update(
        state=state,
        decided_by=actor,
        decided_by_name=actor.get_username() if actor else "",
        decided_at=clock.now(),
        comment=comment,
    )
    Operation.objects.filter(pk__in=operations).update(version=F("version") + 1)
    return ended
