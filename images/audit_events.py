"""What the audit knows to tell. A value names the thing and what became of it; the label continues "Anna …".

Add a line here for a new kind of act; nothing else has to know it. `services/audit` tells how it is recorded.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AuditEvent(TextChoices):
    # operations
    OPERATION_ASKED = "operation.asked", _("asked for")
    OPERATION_CANCELLED = "operation.cancelled", _("cancelled")
    OPERATION_RETRIED = "operation.retried", _("tried again what failed of")
    OPERATION_SETTLED = "operation.settled", _("settled what was unknown of")
    OPERATION_APPROVED = "operation.approved", _("approved")
    OPERATION_REFUSED = "operation.refused", _("refused")
    OPERATION_EXPIRED = "operation.expired", _("did not answer in time to")
    OPERATION_UNDONE = "operation.undone", _("took back")
    OPERATION_ENDED = "operation.ended", _("ended")
    # accounts, projects, synchronisation
    ACCOUNT_ADDED = "account.added", _("added the account")
    ACCOUNT_CHANGED = "account.changed", _("changed the account")
    ACCOUNT_REMOVED = "account.removed", _("removed the account")
    PROJECT_MANAGED = "project.managed", _("took under management the project")
    PROJECT_GIVEN_UP = "project.given_up", _("gave up the project")
    SYNC_ASKED = "sync.asked", _("asked for a synchronisation of")
    # signing in
    SIGNED_IN = "signin.done", _("signed in")
    SIGNED_OUT = "signin.ended", _("signed out")
    SIGN_IN_FAILED = "signin.failed", _("failed to sign in")
    SESSION_ENDED = "session.ended", _("ended a session of")
    PASSWORD_CHANGED = "password.changed", _("changed the password of")
    PASSWORD_RESET = "password.reset", _("set a new password by mail for")
    SECOND_FACTOR_ADDED = "mfa.added", _("added a second factor for")
    SECOND_FACTOR_REMOVED = "mfa.removed", _("removed a second factor of")
    RECOVERY_CODES_MADE = "mfa.recovery", _("made new recovery codes for")
    SIGN_IN_CONNECTED = "provider.connected", _("connected a sign-in of")
    SIGN_IN_DISCONNECTED = "provider.disconnected", _("disconnected a sign-in of")
    # people, teams, roles
    PERSON_ADDED = "person.added", _("added the person")
    PERSON_CHANGED = "person.changed", _("changed the person")
    PERSON_DEACTIVATED = "person.deactivated", _("deactivated the person")
    PERSON_REACTIVATED = "person.reactivated", _("activated again the person")
    PERSON_INVITED = "person.invited", _("sent a link for a new password to")
    WEBHOOK_ADDED = "webhook.added", _("added the webhook")
    WEBHOOK_CHANGED = "webhook.changed", _("changed the webhook")
    WEBHOOK_REMOVED = "webhook.removed", _("removed the webhook")
    WEBHOOK_SECRET = "webhook.secret", _("made a new secret for the webhook")  # an event, not a secret
    TEAM_ADDED = "team.added", _("made the team")
    TEAM_CHANGED = "team.changed", _("changed the team")
    TEAM_REMOVED = "team.removed", _("removed the team")
    MEMBER_ADDED = "member.added", _("added to a team")
    MEMBER_REMOVED = "member.removed", _("took out of a team")
    ROLE_GRANTED = "role.granted", _("gave a role to the team")
    ROLE_REVOKED = "role.revoked", _("took a role from the team")
    # policies
    TAG_POLICY_CHANGED = "tag_policy.changed", _("changed the tag policy of")
    CONSENT_POLICY_CHANGED = "consent_policy.changed", _("changed what needs a second person in")
    # quotas
    QUOTA_THRESHOLDS_CHANGED = "quota.thresholds_changed", _("changed when people are told of the quota of")
    QUOTA_CROSSED = "quota.crossed", _("saw a threshold crossed by the quota of")
    # the address book
    PARTNER_ADDED = "partner.added", _("added to the address book")
    PARTNER_CHANGED = "partner.changed", _("changed in the address book")
    PARTNER_REMOVED = "partner.removed", _("removed from the address book")
    SHARE_FORGOTTEN = "share.forgotten", _("took off the list of shares")
    # what people keep
    VIEW_SHARED = "view.shared", _("shared with everybody the view")
    VIEW_UNSHARED = "view.unshared", _("no longer shares the view")
    VIEW_REMOVED = "view.removed", _("deleted the shared view")
    # reports by mail
    REPORT_SCHEDULED = "report.scheduled", _("asked to get by mail the report")
    REPORT_UNSCHEDULED = "report.unscheduled", _("ended by mail the report")
    REPORT_SENT = "report.sent", _("sent by mail the report")
    # what others share with us
    SHARE_APPROVED = "share.approved", _("approved the shared image")
    SHARE_REFUSED = "share.refused", _("voted against the shared image")
    SHARE_TOO_LATE = "share.too_late", _("came too late to decide about the shared image")
    SHARE_DECIDED = "share.decided", _("decided about the shared image")
    SHARE_SENT_AGAIN = "share.sent_again", _("sent again the decision about the shared image")
    SHARE_COMMENTED = "share.commented", _("commented on the shared image")
    SHARE_ASKED = "share.asked", _("asked for more about the shared image")
    SHARE_ASSIGNED = "share.assigned", _("assigned the shared image")
    SHARE_REOPENED = "share.reopened", _("opened again the decision about the shared image")
    SHARE_ELSEWHERE = "share.elsewhere", _("noticed an answer outside the console to the shared image")
    SHARE_CHANGED = "share.changed", _("noticed a change after the decision of the shared image")
    SHARE_REMINDED = "share.reminded", _("reminded of the shared image")
    SHARE_ESCALATED = "share.escalated", _("escalated the shared image")
    SHARE_POLICY_CHANGED = "share_policy.changed", _("changed the policy for shared images")
    # the audit itself
    AUDIT_EXPORTED = "audit.exported", _("exported the audit")
