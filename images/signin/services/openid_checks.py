"""What the provider says is held against its signature, and the provider against the address that we were given for it.

allauth trusts TLS alone for a token that it has fetched itself (OpenID Connect Core 3.1.3.7 lets it). We look at the
signature all the same: a proxy that opens TLS on the way is no rare thing in a company.
"""

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter

#: Only signatures with a key pair: a secret that both sides know could be used by either of them.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
#: Seconds by which clocks may differ.
_LEEWAY = 60
_NEEDED = ["iss", "sub", "aud", "exp", "iat"]


class CheckedProvider(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises OAuth2Error when it describes another provider than the configured one (Discovery 4.3)."""
        config: dict[str, Any] = super().openid_config
        provider: Any = self.get_provider()  # type: ignore[no-untyped-call] # allauth's
        issuer, wanted = str(config.get("issuer", "")), provider.app.settings["server_url"]
        if issuer.rstrip("/") != wanted.rstrip("/"):
            raise OAuth2Error(f"{wanted} describes another issuer: {issuer}")
        return config

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Raises OAuth2Error."""
        try:
            key = self._key(jwt.get_unverified_header(id_token).get("kid"))
            options: Any = {"require": _NEEDED}
            decoded: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=_LEEWAY,
                options=options,
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"the token of the provider is not right: {error}") from error
        return decoded

    def _key(self, name: str | None) -> jwt.PyJWK:
        """The provider's key of this name; where it has one alone, that one needs none."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        fitting = [key for key in keys if key.key_id == name] if name else keys
        if len(fitting) != 1:
            raise OAuth2Error("the token of the provider is signed with a key that it does not publish")
        return fitting[0]
