"""What would come of a clouds.yaml, as rows for people. No secret is in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from images.accounts.services.cloud_import import Planned
from images.clouds.enums import CredentialKind
from images.clouds.services.configuration import Entry


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One account that would come, or one cloud that cannot (`problem`)."""

    name: str
    facts: Sequence[str]
    remarks: Sequence[str]
    problem: str
    known: bool
    warning: str = ""


def plan_rows(plans: Iterable[Planned]) -> list[PlanRow]:
    return [_row(plan) for plan in plans]


def _row(plan: Planned) -> PlanRow:
    entry = plan.entry
    if entry is None:
        return PlanRow(plan.cloud, (), (), plan.problem, plan.known)
    insecure = _("Its certificate is not checked.") if entry.connection.insecure else ""
    return PlanRow(entry.name, list(_facts(entry)), entry.remarks, "", plan.known, insecure)


def _facts(entry: Entry) -> Iterable[str]:
    connection = entry.connection
    yield urlsplit(connection.auth_url).netloc or connection.auth_url
    label = str(CredentialKind(connection.kind).label)
    domain = connection.domain or connection.domain_id
    yield f"{label}: {connection.who}" + (f" ({domain})" if domain else "")
    project = entry.project.project_id or entry.project.project_name
    yield _("project %(name)s") % {"name": project} if project else _("all projects")
    if entry.regions:
        yield ", ".join(sorted(entry.regions))
    if connection.interface:
        yield _("endpoints: %(interface)s") % {"interface": connection.interface}
    if connection.image_endpoint:
        yield connection.image_endpoint
