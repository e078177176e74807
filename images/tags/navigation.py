from django.utils.translation import gettext_lazy as _

from images.core.registries import navigation

navigation.add("tags", _("Tags"), "images:tag_catalogue", place=30)
navigation.mark("tags", "tag")
