"""Routes: sign-in by allauth, everything else by the app."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("images.urls")),
]
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler500 = "images.views.errors.server_error"
