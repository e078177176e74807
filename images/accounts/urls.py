from django.urls import path

from images.accounts.views import accounts, configuration, permissions, project

urlpatterns = [
    path("projects/<id:pk>/", project.project, name="project"),
    path("clouds/", accounts.accounts, name="accounts"),
    path("clouds/add/", accounts.account_add, name="account_add"),
    path("clouds/import/", configuration.account_import, name="account_import"),
    path("clouds/<id:pk>/change/", accounts.account_change, name="account_change"),
    path("clouds/<id:pk>/projects/", accounts.account_pick, name="account_pick"),
    path("clouds/<id:pk>/permissions/", permissions.account_permissions, name="account_permissions"),
    path("clouds/<id:pk>/remove/", accounts.account_remove, name="account_remove"),
]
