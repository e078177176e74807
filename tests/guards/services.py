"""Who may have what done by the services: a line for every public function of images/services that has an `actor`.

    "removal.remove_account": Service(Who.STAFF, lambda things: {"account": things.account}),

The call is made for each role, with things of the own and of a foreign project. Who may not gets PermissionDenied and
nothing else; who may gets anything but that (a cloud that does not answer will do). What asks no permission stands in
UNGUARDED with the reason.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import RequestFactory

from images.enums import ActKind, Role
from images.models import (
    Account,
    Consent,
    Delivery,
    Image,
    IncomingShare,
    Operation,
    OperationItem,
    Partner,
    Project,
    ReportSchedule,
    Share,
    TagFile,
    Team,
    Upload,
    Webhook,
)
from images.services.discovery import Connection
from images.services.operations import Target
from images.services.partners import Entry
from images.services.tag_policy import Wanted
from tests.guards.roles import Who


@dataclass(frozen=True)
class Things:
    """The rows that the placeholders of tests/guards/cast.py name."""

    pks: Mapping[str, Any]

    @property
    def project(self) -> Project:
        return Project.objects.get(pk=self.pks["project"])

    @property
    def account(self) -> Account:
        return Account.objects.get(pk=self.pks["account"])

    @property
    def image(self) -> Image:
        return Image.objects.select_related("project__region").get(pk=self.pks["image"])

    @property
    def operation(self) -> Operation:
        return Operation.objects.get(pk=self.pks["operation"])

    @property
    def item(self) -> OperationItem:
        return OperationItem.objects.get(pk=self.pks["item"])

    @property
    def share(self) -> IncomingShare:
        return IncomingShare.objects.get(pk=self.pks["share"])

    @property
    def consent(self) -> Consent:
        return Consent.objects.select_related("operation", "project").get(pk=self.pks["consent"])

    @property
    def partner(self) -> Partner:
        return Partner.objects.get(pk=self.pks["partner"])

    @property
    def out_share(self) -> Share:
        return Share.objects.select_related("project", "image").get(pk=self.pks["out_share"])

    @property
    def gone_share(self) -> Share:
        return Share.objects.select_related("project").get(pk=self.pks["gone_share"])

    @property
    def tag_file(self) -> TagFile:
        return TagFile.objects.get(pk=self.pks["tag_file"])

    @property
    def report_mail(self) -> ReportSchedule:
        return ReportSchedule.objects.get(pk=self.pks["report_mail"])

    @property
    def upload(self) -> Upload:
        return Upload.objects.get(pk=self.pks["upload"])

    @property
    def webhook(self) -> Webhook:
        return Webhook.objects.select_related("project").get(pk=self.pks["webhook"])

    @property
    def delivery(self) -> Delivery:
        return Delivery.objects.select_related("webhook__project").get(pk=self.pks["delivery"])

    @property
    def person(self) -> User:
        return User.objects.get(pk=self.pks["person"])

    @property
    def team(self) -> Team:
        return Team.objects.get(pk=self.pks["team"])

    @property
    def target(self) -> Target:
        return Target(self.project, self.image, "x")


@dataclass(frozen=True)
class Service:
    who: Who
    arguments: Callable[[Things], Mapping[str, Any]]
    #: False: whoever has the ability in any project may, and nothing of a project is named.
    of_a_project: bool = True


CONNECTION = Connection(auth_url="http://127.0.0.1:9/v3", username="u", secret="-")

HOOK = {"url": "https://hooks.example.com/", "kinds": [], "active": True}

SERVICES: dict[str, Service] = {
    "reports.unschedule": Service(Who.OWNER, lambda things: {"schedule": things.report_mail}, of_a_project=False),
    "accounts.add_account": Service(Who.STAFF, lambda _things: {"name": "x", "connection": CONNECTION}),
    "accounts.update_account": Service(
        Who.STAFF, lambda things: {"account": things.account, "name": "x", "connection": CONNECTION}
    ),
    "cloud_import.import_clouds": Service(Who.STAFF, lambda _things: {"path": Path("nothing.yaml")}),
    "filling.register": Service(
        Who.OPERATE, lambda things: {"image": things.image, "image_url": "bucket:file.vhd", "key": "k"}
    ),
    "incoming.deciding.reopen": Service(Who.DECIDE, lambda things: {"share": things.share, "why": "x"}),
    "incoming.deciding.send_again": Service(Who.DECIDE, lambda things: {"share": things.share}),
    "incoming.voting.vote": Service(Who.DECIDE, lambda things: {"shares": [things.share], "approves": True}),
    "incoming.discussing.ask": Service(Who.DECIDE, lambda things: {"share": things.share, "text": "x"}),
    "incoming.discussing.assign": Service(Who.DECIDE, lambda things: {"share": things.share, "to": None}),
    "incoming.discussing.comment": Service(Who.EITHER, lambda things: {"share": things.share, "text": "x"}),
    "incoming.policies.save_policy": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "terms": {"approvals": 2}, "seen_version": 0}
    ),
    "consent.give": Service(Who.DECIDE, lambda things: {"consent": things.consent}),
    "consent.refuse": Service(Who.DECIDE, lambda things: {"consent": things.consent, "comment": "x"}),
    "consent.set_policy": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "for_share": True, "days": 3}
    ),
    "in_place.change": Service(
        Who.OPERATE,
        lambda things: {"kind": ActKind.TAG, "image": things.image, "parameters": {"add": {"a": "b"}}, "key": "k"},
    ),
    "in_place.undo": Service(Who.OPERATE, lambda things: {"operation": things.operation, "key": "k"}),
    "people.add_person": Service(Who.STAFF, lambda _things: {"username": "new", "email": "new@example.org"}),
    "people.change_person": Service(
        Who.STAFF,
        lambda things: {"user": things.person, "username": "other", "email": "o@example.org", "is_staff": False},
    ),
    "people.deactivate": Service(Who.STAFF, lambda things: {"user": things.person}),
    "people.invite": Service(Who.STAFF, lambda things: {"user": things.person, "request": RequestFactory().get("/")}),
    "people.reactivate": Service(Who.STAFF, lambda things: {"user": things.person}),
    "second_factors.take_away": Service(Who.STAFF, lambda things: {"user": things.person}),
    "sessions.end_session": Service(Who.STAFF, lambda things: {"session": UserSession(user=things.person)}),
    "sessions.end_sessions": Service(Who.STAFF, lambda things: {"user": things.person}),
    "teams.add_member": Service(Who.STAFF, lambda things: {"team": things.team, "user": things.person}),
    "teams.add_team": Service(Who.STAFF, lambda _things: {"name": "New"}),
    "teams.change_team": Service(Who.STAFF, lambda things: {"team": things.team, "name": "Other"}),
    "teams.grant": Service(
        Who.STAFF, lambda things: {"team": things.team, "role": Role.OPERATOR, "project": things.project}
    ),
    "teams.remove_member": Service(Who.STAFF, lambda things: {"team": things.team, "user": things.person}),
    "teams.remove_team": Service(Who.STAFF, lambda things: {"team": things.team}),
    "teams.revoke": Service(Who.STAFF, lambda things: {"given": things.team.grants.get()}),
    "operations.submitting.cancel": Service(Who.OPERATE, lambda things: {"operation": things.operation}),
    "operations.submitting.retry_failed": Service(
        Who.OPERATE, lambda things: {"operation": things.operation, "key": "k"}
    ),
    "operations.submitting.settle_unknown": Service(
        Who.OPERATE, lambda things: {"item": things.item, "happened": True}
    ),
    "operations.submitting.submit": Service(
        Who.OPERATE, lambda things: {"kind": ActKind.PROTECT, "targets": [things.target], "key": "k"}
    ),
    "partners.add": Service(Who.OPERATE, lambda _things: {"entry": Entry("d" * 32, "x")}, of_a_project=False),
    "partners.change": Service(
        Who.OPERATE, lambda things: {"partner": things.partner, "entry": Entry("e" * 32, "y")}, of_a_project=False
    ),
    "partners.import_csv": Service(Who.OPERATE, lambda _things: {"text": "project_id,name\nd,x\n"}, of_a_project=False),
    "partners.import_found": Service(
        Who.STAFF, lambda things: {"account": things.account, "project_ids": ["d"]}, of_a_project=False
    ),
    "partners.remove": Service(Who.OPERATE, lambda things: {"partner": things.partner}, of_a_project=False),
    "project_choice.choose_projects": Service(Who.STAFF, lambda things: {"account": things.account, "picked": []}),
    "removal.remove_account": Service(Who.STAFF, lambda things: {"account": things.account}),
    "sharing.forget": Service(Who.OPERATE, lambda things: {"shares": [things.gone_share]}),
    "sharing.revoke": Service(Who.OPERATE, lambda things: {"shares": [things.out_share], "key": "k"}),
    "quota_levels.set_thresholds": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "warn": 70, "critical": 90}
    ),
    "sync_requests.request_sync": Service(Who.VIEW, lambda things: {"holders": [things.project]}),
    "tag_files.keeping.keep": Service(
        Who.OPERATE,
        lambda _things: {"name": "t.csv", "content": b"image_id,tag:a\nx,1\n", "empty_removes": False},
        of_a_project=False,
    ),
    "tag_policy.save": Service(Who.ADMINISTER, lambda things: {"project": things.project, "wanted": Wanted(())}),
    "webhooks.changing.add": Service(Who.ADMINISTER, lambda things: {"project": things.project, "name": "x", **HOOK}),
    "webhooks.changing.change": Service(
        Who.ADMINISTER, lambda things: {"webhook": things.webhook, "name": "y", **HOOK}
    ),
    "webhooks.changing.new_secret_of": Service(Who.ADMINISTER, lambda things: {"webhook": things.webhook}),
    "webhooks.changing.remove": Service(Who.ADMINISTER, lambda things: {"webhook": things.webhook}),
    "webhooks.changing.send_again": Service(Who.ADMINISTER, lambda things: {"delivery": things.delivery}),
    "webhooks.changing.test": Service(Who.ADMINISTER, lambda things: {"webhook": things.webhook}),
    "uploads.receiving.announce": Service(
        Who.OPERATE, lambda things: {"upload": things.upload, "file_name": "x", "size": 1, "head": b"x", "tail": b""}
    ),
    "uploads.receiving.begin": Service(
        Who.OPERATE, lambda things: {"project": things.project, "name": "x", "key": "k"}
    ),
    "uploads.receiving.begin_for": Service(Who.OPERATE, lambda things: {"image": things.image}),
    "uploads.receiving.receive_piece": Service(
        Who.OPERATE, lambda things: {"upload": things.upload, "offset": 0, "stream": io.BytesIO(b"x"), "length": 1}
    ),
    "uploads.receiving.receive_whole": Service(
        Who.OPERATE, lambda things: {"upload": things.upload, "path": Path(__file__), "file_name": "x"}
    ),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "reports.schedule": "everybody for themselves; projects that they do not see are refused as not there",
    "people.why_not_deactivate": "answers",
    "audit.recording.record": "writes down what somebody else has checked",
    "consent.standing": "answers",
    "filling.ways_for": "answers, and names refusals among its answers",
    "incoming.looking_ahead.look_ahead": "tells what the person may vote on, and why not on the rest",
    "incoming.deciding.decide": "carries out what votes or a policy have decided",
    "operations.consenting.settle": "writes down what somebody else has checked",
    "operations.submitting.write": "submit without the check, for those who have made it",
    "operations.telling.tell": "writes down what somebody else has checked",
    "webhooks.changing.can_change": "answers",
    "selection.judge": "answers, and names refusals among its answers",
    "selection.offers_for": "answers, and names refusals among its answers",
    "selection.refusal_of": "answers",
    "selection.verdicts": "answers, and names refusals among its answers",
    "selection.why_not": "answers",
    "sharing.chosen": "answers, and names refusals among its answers",
    "tag_check.checking.check": "reads only, of what the actor sees",
    "tag_files.keeping.apply": "submits what a plan says; submit checks",
    "tag_files.planning.plan": "answers, and names refusals among its answers",
}
