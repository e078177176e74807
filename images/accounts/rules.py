"""Clouds that are known by name, so that nobody has to look up where their IAM is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class KnownCloud:
    """A cloud, or a part of one with an IAM of its own. `key` names it in addresses; `hint`: what else to know."""

    key: str
    name: str | Promise
    auth_url: str
    hint: str | Promise = ""


_ACCOUNT: Final = _("The domain is the name of the account. An access key (AK/SK) works, too.")

KNOWN: Final[Sequence[KnownCloud]] = (
    KnownCloud(
        "flexible-engine",
        "Flexible Engine",
        "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com/v3",
        _ACCOUNT,
    ),
    KnownCloud("otc-eu-de", "Open Telekom Cloud (eu-de)", "https://iam.eu-de.otc.t-systems.com/v3", _ACCOUNT),
    KnownCloud("otc-eu-nl", "Open Telekom Cloud (eu-nl)", "https://iam.eu-nl.otc.t-systems.com/v3", _ACCOUNT),
    KnownCloud(
        "otc-eu-ch2", "Open Telekom Cloud (Swiss)", "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3", _ACCOUNT
    ),
    KnownCloud("huawei", "Huawei Cloud", "https://iam.myhuaweicloud.com/v3", _ACCOUNT),
    KnownCloud(
        "huawei-eu", _("Huawei Cloud (Europe)"), "https://iam.eu-west-101.myhuaweicloud.eu/v3", _ACCOUNT
    ),
    KnownCloud(
        "openstack",
        _("Another OpenStack"),
        "",
        _("Its Keystone is often at port 5000, or at /identity/v3 of the web console's host; openrc files have it as"
          " OS_AUTH_URL."),
    ),
)  # fmt: skip


def known_cloud(key: str) -> KnownCloud | None:
    return next((cloud for cloud in KNOWN if cloud.key == key), None)
