from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=50)
class SignInEvent(AuditEvent):
    SIGNED_IN = "signin.done", _("signed in")
    SIGNED_OUT = "signin.ended", _("signed out")
    FAILED = "signin.failed", _("failed to sign in")
    SESSION_ENDED = "session.ended", _("ended a session of")
    PASSWORD_CHANGED = "password.changed", _("changed the password of")
    PASSWORD_RESET = "password.reset", _("set a new password by mail for")
    SECOND_FACTOR_ADDED = "mfa.added", _("added a second factor for")
    SECOND_FACTOR_REMOVED = "mfa.removed", _("removed a second factor of")
    RECOVERY_CODES_MADE = "mfa.recovery", _("made new recovery codes for")
    CONNECTED = "provider.connected", _("connected a sign-in of")
    DISCONNECTED = "provider.disconnected", _("disconnected a sign-in of")


@declare(place=60)
class PersonEvent(AuditEvent):
    """Here and not in people, since whoever signs in elsewhere may become a person, or be changed, by that."""

    ADDED = "person.added", _("added the person")
    CHANGED = "person.changed", _("changed the person")
    DEACTIVATED = "person.deactivated", _("deactivated the person")
    REACTIVATED = "person.reactivated", _("activated again the person")
    INVITED = "person.invited", _("sent a link for a new password to")


@declare(place=90)
class MemberEvent(AuditEvent):
    """Here and not in people, since groups elsewhere may say who is in a team."""

    ADDED = "member.added", _("added to a team")
    REMOVED = "member.removed", _("took out of a team")
