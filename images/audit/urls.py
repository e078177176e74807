from django.urls import path

from images.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/export/<slug:kind>/", views.audit_export, name="audit_export"),
]
