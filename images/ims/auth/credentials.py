"""Credentials: what somebody can sign in with. Each knows how keystoneauth says it to Keystone (3.1, 3.2).

Secrets are in no repr. Names come with their domain or are IDs; where neither a domain's name nor its ID is given, it
is the one called Default, as everywhere in OpenStack.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from keystoneauth1.identity import v3

from images.ims.errors import InvalidCall

_DEFAULT_DOMAIN = "Default"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token is for: a project by ID, or by name in a domain; or the user's domain; or nothing yet.

    `project_domain` and `project_domain_id` empty: the domain of the user.
    """

    project_id: str = ""
    project_name: str = ""
    project_domain: str = ""
    project_domain_id: str = ""
    domain: bool = False


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain by its ID, else by its name."""

    name: str = ""
    id: str = ""

    def as_options(self, prefix: str) -> dict[str, Any]:
        """As keystoneauth's options: `user_domain_id`, `project_domain_name` and so on."""
        if self.id:
            return {f"{prefix}domain_id": self.id}
        return {f"{prefix}domain_name": self.name or _DEFAULT_DOMAIN}


def _scope_options(scope: Scope, home: Domain) -> dict[str, Any]:
    """`home`: the user's domain, where the scope does not say otherwise."""
    if scope.project_id:
        return {"project_id": scope.project_id}
    if scope.project_name:
        domain = Domain(scope.project_domain, scope.project_domain_id)
        said = bool(domain.name or domain.id)
        return {"project_name": scope.project_name, **(domain if said else home).as_options("project_")}
    return home.as_options("") if scope.domain else {}


class TokenCredentials(Protocol):
    """A credential that is exchanged for tokens."""

    @property
    def who(self) -> str:
        """User, application or client; never a secret."""

    @property
    def is_bound(self) -> bool:
        """It opens the one project that it was made for, and no other scope may be asked for."""

    @property
    def has_domain(self) -> bool:
        """Whether a token for the whole domain can be asked for."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it goes besides to IAM."""

    def plugin(self, auth_url: str, scope: Scope) -> Any:
        """keystoneauth's plugin, which sends nothing yet. Raises InvalidCall for what is incomplete."""


@dataclass(frozen=True, slots=True)
class PasswordCredentials:
    """A user of a domain (the account, at IMS), by name or by ID, and the password."""

    user: str
    password: str = field(repr=False)
    domain: str = ""
    domain_id: str = ""
    user_id: str = ""

    is_bound = False
    addresses = ()

    @property
    def who(self) -> str:
        return self.user or self.user_id

    @property
    def has_domain(self) -> bool:
        return bool(self.domain or self.domain_id)

    def plugin(self, auth_url: str, scope: Scope) -> Any:
        if not self.who or not self.password:
            raise InvalidCall("A sign-in needs a user and a password.")
        home = Domain(self.domain, self.domain_id)
        user = {"user_id": self.user_id} if self.user_id else {"username": self.user, **home.as_options("user_")}
        return v3.Password(auth_url, self.password, **user, **_scope_options(scope, home))


@dataclass(frozen=True, slots=True)
class ApplicationCredential:
    """Made by a user for one project, by ID, or by name with its user; the secret is its own. Its scope is that
    project, whatever is asked for."""

    id: str
    secret: str = field(repr=False)
    name: str = ""
    user: str = ""
    user_id: str = ""
    domain: str = ""
    domain_id: str = ""

    is_bound = True
    has_domain = False
    addresses = ()

    @property
    def who(self) -> str:
        return self.id or self.name

    def plugin(self, auth_url: str, scope: Scope) -> Any:
        if self.id:
            of: dict[str, Any] = {"application_credential_id": self.id}
        elif self.name and self.user_id:
            of = {"application_credential_name": self.name, "user_id": self.user_id}
        elif self.name and self.user:
            home = Domain(self.domain, self.domain_id)
            of = {"application_credential_name": self.name, "username": self.user, **home.as_options("user_")}
        else:
            raise InvalidCall("An application credential is known by its ID, or by its name and its user.")
        if not self.secret:
            raise InvalidCall("An application credential needs its secret.")
        return v3.ApplicationCredential(auth_url, application_credential_secret=self.secret, **of)


@dataclass(frozen=True, slots=True)
class TokenCredential:
    """A token that somebody got elsewhere, which is exchanged for others until it ends."""

    token: str = field(repr=False)

    who = "token"
    is_bound = False
    has_domain = False
    addresses = ()

    def plugin(self, auth_url: str, scope: Scope) -> Any:
        if not self.token or not self.token.isascii() or not self.token.isprintable():
            raise InvalidCall("A token is one line of plain letters.")
        return v3.Token(auth_url, self.token, **_scope_options(scope, Domain()))


@dataclass(frozen=True, slots=True)
class OidcClient:
    """What Keystone and an OpenID Connect provider call us. One of the two endpoints is needed to get a token there."""

    identity_provider: str
    protocol: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_endpoint: str = ""
    discovery_endpoint: str = ""
    scope: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(one for one in (self.token_endpoint, self.discovery_endpoint) if one)

    def options(self) -> dict[str, Any]:
        """Those of keystoneauth. Raises InvalidCall for what is incomplete."""
        if not self.identity_provider or not self.protocol or not self.client_id or not self.addresses:
            raise InvalidCall(
                "OpenID Connect needs the identity provider and the protocol as Keystone calls them, a client ID, and"
                " the address of the provider's tokens or of its discovery document."
            )
        return {
            "identity_provider": quote(self.identity_provider, safe=""),  # keystoneauth makes a path of both
            "protocol": quote(self.protocol, safe=""),
            "client_id": self.client_id,
            "client_secret": self.client_secret or None,
            "access_token_endpoint": self.token_endpoint or None,
            "discovery_endpoint": self.discovery_endpoint or None,
            "scope": self.scope or "openid profile",
        }


@dataclass(frozen=True, slots=True)
class OidcPassword:
    """A user of an OpenID Connect provider that Keystone trusts (v3oidcpassword)."""

    client: OidcClient
    user: str
    password: str = field(repr=False)

    is_bound = False
    has_domain = False

    @property
    def who(self) -> str:
        return self.user

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.client.addresses

    def plugin(self, auth_url: str, scope: Scope) -> Any:
        if not self.user or not self.password:
            raise InvalidCall("A sign-in needs a user and a password.")
        options = self.client.options() | _scope_options(scope, Domain())
        return v3.OidcPassword(auth_url, username=self.user, password=self.password, **options)


@dataclass(frozen=True, slots=True)
class OidcClientCredentials:
    """A program that is known to an OpenID Connect provider by itself (v3oidcclientcredentials)."""

    client: OidcClient

    is_bound = False
    has_domain = False

    @property
    def who(self) -> str:
        return self.client.client_id

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.client.addresses

    def plugin(self, auth_url: str, scope: Scope) -> Any:
        if not self.client.client_secret:
            raise InvalidCall("A client of OpenID Connect needs its secret.")
        return v3.OidcClientCredentials(auth_url, **self.client.options(), **_scope_options(scope, Domain()))


@dataclass(frozen=True, slots=True)
class AccessKey:
    """AK/SK. The secret key is not in repr."""

    access_key: str
    secret_key: str = field(repr=False)


Credentials = TokenCredentials | AccessKey


def origin_of(address: str) -> str:
    """https://host:port of an address, the port as written."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
