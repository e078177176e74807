from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("operations", _("Operations"), "images:operations", place=40)
navigation.mark("operations", "operations", "operation", "consents", "consent")
