from django.urls import path

from images.system.views import components, health, preferences

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("components/", components.components, name="components"),
    path("preferences/theme/", preferences.theme, name="theme"),
]
