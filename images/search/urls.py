from django.urls import path

from images.search.views import by_tag, saved_views

urlpatterns = [
    path("images/by-tag/", by_tag.by_tag, name="by_tag"),
    path("images/views/", saved_views.saved_view_list, name="saved_views"),
    path("images/views/add/", saved_views.saved_view_add, name="saved_view_add"),
    path("images/views/<id:pk>/change/", saved_views.saved_view_change, name="saved_view_change"),
    path("images/views/<id:pk>/delete/", saved_views.saved_view_delete, name="saved_view_delete"),
]
