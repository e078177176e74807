from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("quotas", _("Quotas"), "images:quotas", place=60)
navigation.mark("quotas", "quotas", "quota")
