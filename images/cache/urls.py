from django.urls import path

from images.cache import views

urlpatterns = [
    path("clouds/sync/", views.sync_now, name="sync_now"),
    path("clouds/sync/state/", views.sync_state, name="sync_state"),
]
