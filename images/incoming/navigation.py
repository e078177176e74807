from images.core.registries import navigation

navigation.mark("sharing", "shared")
