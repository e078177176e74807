from images.core.registries import navigation

navigation.mark("clouds", "accounts", "account", "project")
