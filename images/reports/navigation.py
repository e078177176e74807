from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("reports", _("Reports"), "images:reports", place=70)
navigation.mark("reports", "reports", "report")
