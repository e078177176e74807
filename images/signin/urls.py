from django.urls import path

from images.signin.views import confirming, ended

urlpatterns = [
    path("me/confirm/", confirming.elsewhere, name="confirm_elsewhere"),
    path("me/confirm/back/", confirming.back, name="confirm_back"),
    path("me/again/", ended.again, name="signed_in_again"),
]
