"""The world of the permission table: seven roles, a project in which they have them, and a foreign one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from images.access.enums import Role
from images.access.models import Team
from images.access.permissions import ROLES, Ability
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core.encryption import encrypt
from images.incoming.models import IncomingShare
from images.making.models import Upload
from images.notices.models import Delivery, Webhook
from images.operations.models.operation import Operation
from images.partners.models import Partner
from images.reports.enums import Rhythm
from images.reports.models import ReportSchedule
from images.search.models import SavedView
from images.sharing.models import Share
from images.tags.services.csv import keep
from tests import factories
from tests.conftest import person
from tests.guards.roles import Answer, Who

ANONYMOUS, STRANGER, STAFF = "anonymous", "stranger", "staff"
#: Everybody who is asked about; those of `Role` have it in the own project alone.
CAST = (ANONYMOUS, STRANGER, *Role.values, STAFF)
#: Which placeholders stand for something of a project, in paths and data.
OF_A_PROJECT = ("{image}", "{shared_in}", "{image_id}", "{operation}", "{holder}", "{project}", "{share}", "{consent}",
                "{out_share}", "{webhook}")  # fmt: skip
LOGIN = "sign-in page"


@dataclass(frozen=True)
class World:
    people: Mapping[str, User]
    own: Mapping[str, object]
    foreign: Mapping[str, object]


def build() -> World:
    """Some 50 rows."""
    own, foreign = factories.project("own"), factories.project("foreign", "eu-west-1")
    people = {STRANGER: person("stranger"), STAFF: person("staff", is_staff=True)}
    people |= {role.value: person(role.value, role, project=own) for role in Role}
    view = SavedView.objects.create(owner=people[Role.OPERATOR], name="mine", query="q=os%3Aubuntu")
    file = keep(actor=people[Role.OPERATOR], name="t.csv", content=b"image_id,tag:a\nx,1\n", empty_removes=False)
    now = timezone.now()
    mail = ReportSchedule.objects.create(
        owner=people[Role.OPERATOR], report="shares", rhythm=Rhythm.WEEKLY, hour=7, next_at=now, due_at=now
    )
    partner = Partner.objects.create(project_id="e" * 32, name="Partner")
    kept = {
        "saved_view": view.pk,
        "tag_file": file.pk,
        "partner": partner.pk,
        "partner_id": partner.project_id,
    }
    kept["report_mail"] = mail.pk
    operator = people[Role.OPERATOR]
    team = Team.objects.create(name="Spare")
    kept |= {"person": person("spare").pk, "team": team.pk, "grant": team.grants.create(role=Role.VIEWER).pk}
    return World(people, _things(own, 1, operator) | kept, _things(foreign, 3, operator) | kept)


def _things(project: Project, number: int, uploader: User) -> dict[str, object]:
    mine, theirs = factories.document(number, project.project_id), factories.document(number + 1, "f" * 32)
    factories.put(project, mine | {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}, theirs)
    operation = _operation(project)
    now = timezone.now()
    told = {"image_id": theirs["id"], "name": "x", "owner": "f" * 32, "document": json.dumps(theirs)}
    waits = {"member_status": "pending", "first_seen_at": now, "waiting_since": now}
    webhook = Webhook.objects.create(
        name="x", url="https://hooks.example.com/", project=project, secret=encrypt("whsec_eA==")
    )
    delivery = Delivery.objects.create(webhook=webhook, way="webhook", state="done", created_at=now)
    return {
        "webhook": webhook.pk,
        "delivery": delivery.pk,
        "share": IncomingShare.objects.create(project=project, **told, **waits).pk,
        "image": Image.objects.get(image_id=mine["id"]).pk,
        "image_id": mine["id"],
        "shared_in": Image.objects.get(image_id=theirs["id"]).pk,
        "region": project.region.name,
        "account": project.account_id,
        "project": project.pk,
        "holder": f"p{project.pk}",
        "upload": Upload.objects.create(
            actor=uploader, project=project, image_name="x", key=f"u{project.pk}", expires_at=now + timedelta(days=1)
        ).pk,
        "out_share": _share(project, mine["id"], Image.objects.get(image_id=mine["id"])),
        "gone_share": _share(project, "gone", None),
        "consent": operation.consents.create(project=project, expires_at=now + timedelta(days=1)).pk,
        "operation": operation.pk,
        "item": operation.items.get(state="unknown").pk,
    }


def _operation(project: Project) -> Operation:
    """With a failed item and one that nobody knows about, by nobody who is in the cast."""
    now = timezone.now()
    counts = {"total": 2, "failed": 1, "unknown": 1}
    ended = {"state": "unknown", "finished_at": now, **counts}
    made = Operation.objects.create(kind="edit", actor_name="x", key=f"k{project.pk}", project=project, **ended)
    for position, state in enumerate(("failed", "unknown")):
        made.items.create(position=position, project=project, image_name="x", next_at=now, state=state)
    return made


def _share(project: Project, image_id: str, image: Image | None) -> int:
    told = {"image_uid": image_id, "image_name": "x", "recipient": "e" * 32, "status": "pending"}
    now = timezone.now()
    return Share.objects.create(project=project, image=image, **told, shared_at=now, changed_at=now).pk


def names_a_project(path: str, answer: Answer) -> bool:
    return any(name in text for text in (path, *answer.data.values()) for name in OF_A_PROJECT)


def may(role: str, who: Who) -> bool:  # noqa: PLR0911
    """Whether somebody with this role in a project has what `who` asks for there."""
    if role == STAFF:
        return who != Who.OWNER
    match who:
        case Who.ANYBODY | Who.SIGNED_IN:
            return True
        case Who.VIEW:
            return role != STRANGER
        case Who.OWNER:
            return role == Role.OPERATOR
        case Who.STAFF:
            return False
        case Who.EITHER:
            return may(role, Who.OPERATE) or may(role, Who.DECIDE)
        case _:
            return role in ROLES[Ability(who.value)]


def expected(role: str, path: str, answer: Answer | None, *, foreign: bool) -> int | str:  # noqa: PLR0911
    """What the table of roles.py says, in words of status codes."""
    if answer is None:
        return 405
    if role == ANONYMOUS:
        return answer.code if answer.who == Who.ANYBODY else LOGIN
    if answer.who == Who.ANYBODY:
        return answer.signed_in or answer.code
    of_a_project = names_a_project(path, answer)
    if role != STAFF and of_a_project and answer.who != Who.SIGNED_IN and (foreign or role == STRANGER):
        return answer.foreign
    if role == STRANGER and answer.stranger is not None:
        return answer.stranger
    if may(role, answer.who):
        return answer.code
    return 404 if answer.who == Who.OWNER else answer.otherwise
