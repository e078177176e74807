"""Routes of the console. One module of views per screen."""

from django.urls import path

from images.views import health

app_name = "images"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
]
