from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=70)
class WebhookEvent(AuditEvent):
    ADDED = "webhook.added", _("added the webhook")
    CHANGED = "webhook.changed", _("changed the webhook")
    REMOVED = "webhook.removed", _("removed the webhook")
    SECRET = "webhook.secret", _("made a new secret for the webhook")  # an event, not a secret
