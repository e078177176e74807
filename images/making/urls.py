from django.urls import path

from images.making.views import create, uploads

urlpatterns = [
    path("images/create/", create.create, name="create"),
    path("images/<id:pk>/upload/", uploads.image_upload, name="image_upload"),
    path("images/<id:pk>/register/", uploads.register, name="image_register"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("uploads/<uuid:pk>/announce/", uploads.upload_announce, name="upload_announce"),
    path("uploads/<uuid:pk>/file/", uploads.upload_file, name="upload_file"),
]
