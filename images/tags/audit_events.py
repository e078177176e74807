from django.utils.translation import gettext_lazy as _

from images.audit.events import AuditEvent, declare


@declare(place=110)
class TagPolicyEvent(AuditEvent):
    CHANGED = "tag_policy.changed", _("changed the tag policy of")
