from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("overview", _("Overview"), "images:home", place=10)
navigation.mark("overview", "home", "tile")
