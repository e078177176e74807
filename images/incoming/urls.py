from django.urls import path

from images.incoming.views import inbox, many, policy

urlpatterns = [
    path("sharing/in/", inbox.inbox, name="shared_in"),
    path("sharing/in/act/", many.act, name="shared_in_act"),
    path("sharing/in/<id:pk>/", inbox.share, name="shared_in_share"),
    path("sharing/in/<id:pk>/vote/<slug:vote>/", inbox.vote, name="shared_in_vote"),
    path("sharing/in/<id:pk>/say/", inbox.say, name="shared_in_say"),
    path("sharing/in/<id:pk>/assign/", inbox.assign, name="shared_in_assign"),
    path("sharing/in/<id:pk>/reopen/", inbox.reopen, name="shared_in_reopen"),
    path("sharing/in/<id:pk>/send/", inbox.send_again, name="shared_in_send"),
    path("projects/<id:pk>/share-policy/", policy.share_policy, name="project_share_policy"),
]
