from django.urls import path

from images.dashboard import views

urlpatterns = [
    path("", views.dashboard, name="home"),
    path("dashboard/<slug:name>/", views.tile, name="tile"),
]
