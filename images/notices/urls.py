from django.urls import path

from images.notices.views import notices, webhooks

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/bell/", notices.bell, name="notice_bell"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/preferences/", notices.notice_preferences, name="notice_preferences"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/add/", webhooks.webhook_add, name="webhook_add"),
    path("webhooks/<id:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<id:pk>/change/", webhooks.webhook_change, name="webhook_change"),
    path("webhooks/<id:pk>/remove/", webhooks.webhook_remove, name="webhook_remove"),
    path("webhooks/<id:pk>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("webhooks/<id:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("webhooks/<id:pk>/deliveries/<id:delivery>/", webhooks.delivery, name="delivery"),
    path("webhooks/<id:pk>/deliveries/<id:delivery>/again/", webhooks.delivery_again, name="delivery_again"),
]
