"""Signing in elsewhere (OpenID Connect), from the environment. Without OIDC_ISSUER there is none.

OIDC_GROUPS names pairs GROUP=TEAM: who comes with a group is in the team, who comes without it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from console.env import env, secret, words

#: How addresses name it: /accounts/oidc/sso/login/callback/ is what the provider has to lead back to.
PROVIDER = "sso"


@dataclass(frozen=True, slots=True)
class OpenIDConnect:
    """`providers`: for allauth; `origins`: where its pages live, for the Content-Security-Policy; `teams`: group → name
    of a team; `staff_group`: whose people administer the console ("" nobody's); `create`: whether somebody whom no
    administrator added may come in."""

    providers: Mapping[str, Any]
    origins: tuple[str, ...] = ()
    groups_claim: str = "groups"
    teams: Mapping[str, str] | None = None
    staff_group: str = ""
    create: bool = False


def openid_connect() -> OpenIDConnect:
    """Raises ImproperlyConfigured for what cannot work."""
    issuer = env.str("OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return OpenIDConnect({})
    client, key = env.str("OIDC_CLIENT_ID", ""), secret("OIDC_CLIENT_SECRET")
    if not client or not key:
        raise ImproperlyConfigured(
            "OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (or OIDC_CLIENT_SECRET_FILE)"
        )
    return OpenIDConnect(
        providers=providers(issuer, client, key, env.str("OIDC_NAME", "Single sign-on")),
        origins=tuple(dict.fromkeys([_origin(issuer), *map(_origin, words("OIDC_ORIGINS"))])),
        groups_claim=env.str("OIDC_GROUPS_CLAIM", "groups"),
        teams=dict(_pair(one) for one in words("OIDC_GROUPS")),
        staff_group=env.str("OIDC_STAFF_GROUP", ""),
        create=env.bool("OIDC_CREATE", False),
    )


def providers(issuer: str, client: str, key: str, name: str) -> dict[str, Any]:
    """As allauth wants them: code flow with PKCE."""
    app = {
        "provider_id": PROVIDER,
        "name": name,
        "client_id": client,
        "secret": key,
        "settings": {"server_url": issuer},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or parts.scheme not in ({"https", "http"} if local else {"https"}):
        raise ImproperlyConfigured(f"OIDC_ISSUER and OIDC_ORIGINS are https addresses; {url} is not")
    return f"{parts.scheme}://{parts.netloc}"


def _pair(text: str) -> tuple[str, str]:
    group, equals, team = text.partition("=")
    if not equals or not group.strip() or not team.strip():
        raise ImproperlyConfigured(f"OIDC_GROUPS wants GROUP=TEAM, comma-separated; “{text}” is no pair")
    return group.strip(), team.strip()
