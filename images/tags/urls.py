from django.urls import path

from images.tags.views import catalogue, check, csv, policy, tags

urlpatterns = [
    path("images/<id:pk>/tags/", tags.tags, name="tags"),
    path("images/<id:pk>/tags/list/", tags.tags_list, name="tags_list"),
    path("images/<id:pk>/tags/undo/", tags.tags_undo, name="tags_undo"),
    path("images/tag-words/", tags.tag_words, name="tag_words"),
    path("images/tag-check/", check.check, name="by_tag_check"),
    path("tags/", catalogue.tag_catalogue, name="tag_catalogue"),
    path("tags/policy/", policy.tag_policies, name="tag_policies"),
    path("tags/policy/<slug:where>/", policy.tag_policy, name="tag_policy"),
    path("tags/policy/<slug:where>/change/", policy.tag_policy_change, name="tag_policy_change"),
    path("tags/csv/", csv.tag_csv, name="tag_csv"),
    path("tags/csv/download/", csv.tag_csv_download, name="tag_csv_download"),
    path("tags/csv/<id:pk>/", csv.tag_csv_look, name="tag_csv_look"),
    path("tags/csv/<id:pk>/discard/", csv.tag_csv_discard, name="tag_csv_discard"),
]
