"""Choices of accounts and projects.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProjectKind(TextChoices):
    IMS = "ims", _("IMS")
    OPENSTACK = "openstack", _("OpenStack Glance")


class CredentialKind(TextChoices):
    PASSWORD = "password", _("User and password")  # a kind, not a password
    ACCESS_KEY = "aksk", _("Access key (AK/SK)")
    APPLICATION = "appcred", _("Application credential")
    TOKEN = "token", _("Token")  # a kind, not a token
    OIDC_PASSWORD = "oidcpass", _("OpenID Connect, user and password")
    OIDC_CLIENT = "oidcclient", _("OpenID Connect, client credentials")
