from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("sharing", _("Sharing"), "images:shared_out", place=50)
navigation.mark("sharing", "shared", "revoke", "recipient")
