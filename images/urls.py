"""Routes of the console. One module of views per screen."""

from django.urls import path
from django.views.generic import RedirectView

from images.views import (
    accounts,
    acts,
    components,
    create,
    detail,
    edit,
    export,
    health,
    operations,
    preferences,
    progress,
    saved_views,
    sync,
    tray,
)
from images.views import list as image_list

app_name = "images"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("", RedirectView.as_view(pattern_name="images:list", query_string=True), name="home"),
    path("components/", components.components, name="components"),
    path("preferences/theme/", preferences.theme, name="theme"),
    path("images/", image_list.image_list, name="list"),
    path("images/create/", create.create, name="create"),
    path("images/<int:pk>/", detail.detail, name="detail"),
    path("images/<int:pk>/now/", progress.image_now, name="image_now"),
    path("images/<int:pk>/edit/", edit.edit, name="edit"),
    path("images/<int:pk>/members/", detail.members, name="members"),
    path("images/by-id/<str:region>/<str:image_id>/", detail.by_id, name="by_id"),
    path("images/now/", progress.rows_now, name="rows_now"),
    path("images/act/<slug:kind>/", acts.act, name="act"),
    path("images/facet/<slug:name>/", image_list.facet, name="facet"),
    path("images/complete/", image_list.completion, name="completion"),
    path("images/search-help/", image_list.query_help, name="query_help"),
    path("images/preference/", image_list.preference, name="preference"),
    path("images/export/<slug:kind>/", export.export, name="export"),
    path("images/views/", saved_views.saved_view_list, name="saved_views"),
    path("images/views/add/", saved_views.saved_view_add, name="saved_view_add"),
    path("images/views/<int:pk>/change/", saved_views.saved_view_change, name="saved_view_change"),
    path("images/views/<int:pk>/delete/", saved_views.saved_view_delete, name="saved_view_delete"),
    path("operations/", operations.operations, name="operations"),
    path("operations/tray/", tray.tray, name="tray"),
    path("operations/<int:pk>/", operations.operation, name="operation"),
    path("operations/<int:pk>/state/", operations.operation_state, name="operation_state"),
    path("operations/<int:pk>/cancel/", operations.operation_cancel, name="operation_cancel"),
    path("operations/<int:pk>/retry/", operations.operation_retry, name="operation_retry"),
    path("operations/<int:pk>/items/<int:item>/settle/", operations.operation_settle, name="operation_settle"),
    path("clouds/", accounts.accounts, name="accounts"),
    path("clouds/add/", accounts.account_add, name="account_add"),
    path("clouds/sync/", sync.sync_now, name="sync_now"),
    path("clouds/sync/state/", sync.sync_state, name="sync_state"),
    path("clouds/<int:pk>/change/", accounts.account_change, name="account_change"),
    path("clouds/<int:pk>/projects/", accounts.account_pick, name="account_pick"),
    path("clouds/<int:pk>/remove/", accounts.account_remove, name="account_remove"),
]
