from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("images", _("Images"), "images:list", place=20)
