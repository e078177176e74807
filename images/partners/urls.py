from django.urls import path

from images.partners.views import partners

urlpatterns = [
    path("sharing/partners/", partners.partners, name="partners"),
    path("sharing/partners/add/", partners.partner_add, name="partner_add"),
    path("sharing/partners/import/", partners.partner_import, name="partner_import"),
    path("sharing/partners/iam/", partners.partner_found, name="partner_found"),
    path("sharing/partners/<id:pk>/change/", partners.partner_change, name="partner_change"),
]
