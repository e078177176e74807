from django.urls import path

from images.catalogue.views import actions, detail, edit, export, progress
from images.catalogue.views import list as image_list

urlpatterns = [
    path("images/", image_list.image_list, name="list"),
    path("images/<id:pk>/", detail.detail, name="detail"),
    path("images/<id:pk>/now/", progress.image_now, name="image_now"),
    path("images/<id:pk>/edit/", edit.edit, name="edit"),
    path("images/<id:pk>/members/", detail.members, name="members"),
    path("images/by-id/<str:region>/<str:image_id>/", detail.by_id, name="by_id"),
    path("images/now/", progress.rows_now, name="rows_now"),
    path("images/act/<slug:kind>/", actions.act, name="act"),
    path("images/facet/<slug:name>/", image_list.facet, name="facet"),
    path("images/complete/", image_list.completion, name="completion"),
    path("images/search-help/", image_list.query_help, name="query_help"),
    path("images/preference/", image_list.preference, name="preference"),
    path("images/export/<slug:kind>/", export.export, name="export"),
]
