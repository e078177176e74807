"""Who may have what done by the services: a line in tests/<room>/guards.py for every public function of a room's
`services` that has an `actor`.

    "accounts.services.removal.remove_account": Service(Who.STAFF, lambda things: {"account": things.account}),

The call is made for each role, with things of the own and of a foreign project. Who may not gets PermissionDenied and
nothing else; who may gets anything but that (a cloud that does not answer will do). What asks no permission stands in
UNGUARDED with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from images.access.models import Team
from images.cache.models.image import Image
from images.clouds.models import Account, Project
from images.incoming.models import IncomingShare
from images.making.models import Upload
from images.notices.models import Delivery, Webhook
from images.operations.models.consent import Consent
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import Target
from images.partners.models import Partner
from images.reports.models import ReportSchedule
from images.sharing.models import Share
from images.tags.models.file import TagFile
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
