from images.core.registries import navigation

navigation.mark("console", "people", "person", "teams", "team", "me", "session")
