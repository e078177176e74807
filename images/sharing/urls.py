from django.urls import path

from images.sharing.views import recipients, shared_out

urlpatterns = [
    path("sharing/", shared_out.shared_out, name="shared_out"),
    path("sharing/csv/", shared_out.shared_out_csv, name="shared_out_csv"),
    path("sharing/revoke/", shared_out.revoke, name="revoke"),
    path("sharing/partners/<id:pk>/remove/", recipients.partner_remove, name="partner_remove"),
    path("sharing/with/<path:project_id>/", recipients.recipient, name="recipient"),
]
