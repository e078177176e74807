from images.core.registries import navigation

navigation.mark("", "components")
