"""People who may sign in: adding and inviting, changing, deactivating. Nobody is deleted: what they did keeps a name.

Somebody must always be able to administer the console: the last one who can stays one, and nobody locks themselves out.
"""

import logging
from dataclasses import dataclass
from smtplib import SMTPException

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.core.context import request_context
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from images.access.permissions import check_can_manage_teams
from images.audit import services as audit
from images.core.locking import locked
from images.people.services.teams import TeamRefused
from images.signin.audit_events import PersonEvent
from images.signin.services.sessions import end_all

logger = logging.getLogger(__name__)

_COLUMNS = ("username", "email", "is_staff")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link, and whether it went out by mail."""

    link: str
    sent: bool


def add_person(*, actor: User, username: str, email: str, is_staff: bool = False) -> User:
    """Without a password: `invite` gives the link with which they choose one. Raises PermissionDenied, TeamRefused."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        user = User(username=username, email=email, is_staff=is_staff)
        user.set_unusable_password()
        _save(user)
        audit.record(event=PersonEvent.ADDED, actor=actor, subject=user, after=audit.column_values(user, _COLUMNS))
    return user


def change_person(*, actor: User, user: User, username: str, email: str, is_staff: bool) -> User:
    """Raises PermissionDenied, TeamRefused (name or address taken; the last administrator)."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        user = _locked(user)
        before = audit.column_values(user, _COLUMNS)
        if _administers(user) and not is_staff:
            _check_another(actor, user)
            user.is_superuser = False
        if email != user.email:
            # What allauth noted of the old one: it would go on opening the account, by name and by reset links.
            EmailAddress.objects.filter(user=user).delete()
        user.username, user.email, user.is_staff = username, email, is_staff
        _save(user)
        after = audit.column_values(user, _COLUMNS)
        audit.record(event=PersonEvent.CHANGED, actor=actor, subject=user, before=before, after=after)
    return user


def deactivate(*, actor: User, user: User) -> None:
    """They cannot sign in any more, and their sessions end at once and for good: who is activated again signs in anew.
    Teams and history stay. Raises PermissionDenied, TeamRefused for oneself and for the last administrator."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        user = _locked(user)
        if not user.is_active:
            return
        _check_another(actor, user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        audit.record(event=PersonEvent.DEACTIVATED, actor=actor, subject=user)
        end_all(user=user, actor=actor)


def reactivate(*, actor: User, user: User) -> None:
    """Raises PermissionDenied."""
    check_can_manage_teams(actor)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            audit.record(event=PersonEvent.REACTIVATED, actor=actor, subject=user)


def invite(*, actor: User, user: User, request: HttpRequest) -> Invitation:
    """Sends the link with which they choose a password, and gives it back for those whom no mail reaches; it works
    once, for three days. `request`: what the link's host is taken from. Raises PermissionDenied, TeamRefused."""
    check_can_manage_teams(actor)
    if not user.is_active:
        raise TeamRefused(_("%(who)s is deactivated.") % {"who": user.get_username()})
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    link = request.build_absolute_uri(reverse("account_reset_password_from_key", kwargs=key))
    audit.record(event=PersonEvent.INVITED, actor=actor, subject=user, details={"email": user.email})
    return Invitation(link, _mailed(user, link, request))


def _mailed(user: User, link: str, request: HttpRequest) -> bool:
    """A mail server that is away is no reason not to hand over the link."""
    try:
        with request_context(request):
            get_adapter(request).send_mail("account/email/invitation", user.email, {"user": user, "link": link})
    except (OSError, SMTPException) as error:
        logger.warning("no mail to %s: %s", user.get_username(), error)
        return False
    return True


def why_not_deactivate(actor: User, user: User) -> str:
    """The reason in words; "" when it can be done."""
    try:
        _check_another(actor, user)
    except TeamRefused as refusal:
        return str(refusal)
    return ""


def _administers(user: User) -> bool:
    return user.is_active and (user.is_staff or user.is_superuser)


def _check_another(actor: User, user: User) -> None:
    if user.pk == actor.pk:
        raise TeamRefused(_("You cannot do this to yourself; another administrator can."))
    if _administers(user) and not _administrators().exclude(pk=user.pk).exists():
        raise TeamRefused(_("%(who)s is the last administrator of this console.") % {"who": user.get_username()})


def _administrators() -> QuerySet[User]:
    return User.objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True)


def _locked(user: User) -> User:
    """With all administrators, in one order: two who take each other's rights at once are one after the other."""
    list(_administrators().order_by("pk").select_for_update())
    return locked(User.objects.all(), user)


def _save(user: User) -> None:
    if user.email and User.objects.filter(email__iexact=user.email).exclude(pk=user.pk).exists():
        raise TeamRefused(_("Somebody else has this mail address."), "email")
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        sentence = _("There is a person called “%(name)s” already.") % {"name": user.username}
        raise TeamRefused(sentence, "username") from error
