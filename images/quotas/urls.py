from django.urls import path

from images.quotas import views

urlpatterns = [
    path("projects/<id:pk>/quota/", views.project_quota, name="project_quota"),
    path("quotas/", views.quotas, name="quotas"),
    path("quotas/csv/", views.quotas_csv, name="quotas_csv"),
    path("quotas/<id:pk>/", views.quota, name="quota"),
    path("quotas/<id:pk>/spare/", views.quota_spare, name="quota_spare"),
    path("quotas/<id:pk>/csv/", views.quota_csv, name="quota_csv"),
]
