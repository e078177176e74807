from images.core.registries import navigation

navigation.mark("console", "notices", "notice", "webhooks", "webhook", "delivery")
