"""How an account signs in, as people entered it or as it is stored, and what the client makes of it."""

from dataclasses import dataclass, field, fields
from typing import Any, Final

from images.clouds.enums import CredentialKind
from images.clouds.models import Account
from images.clouds.services import certificates
from images.core.encryption import decrypt
from images.ims import (
    AccessKey,
    ApplicationCredential,
    Credentials,
    OidcClient,
    OidcClientCredentials,
    OidcPassword,
    PasswordCredentials,
    TokenCredential,
    Verify,
)

#: Entries that are encrypted at rest, and that no page, log or audit shows.
SECRETS: Final = ("secret", "client_secret", "private_key")


@dataclass(frozen=True, slots=True)
class Connection:
    """All that is needed to sign in. Secrets are not in repr.

    `kind` is a CredentialKind and decides which of the names are used; domains and users go by ID where one is given.
    `secret` is the password, secret key, token or secret of that kind; `client_secret` belongs to an OpenID Connect
    client besides. `certificate` and `private_key` (PEM) say who we are by TLS. `interface`: endpoints of the catalogue
    that may be used, comma-separated, the best first; "" for any. `image_endpoint` and `region_name` are for clouds
    whose catalogue does not tell; `service` is ProjectKind, or "" to find out.
    """

    auth_url: str
    kind: str = CredentialKind.PASSWORD
    domain: str = ""
    domain_id: str = ""
    username: str = ""
    user_id: str = ""
    access_key: str = ""
    application_id: str = ""
    application_name: str = ""
    identity_provider: str = ""
    protocol: str = ""
    client_id: str = ""
    oidc_endpoint: str = ""
    oidc_discovery: str = ""
    oidc_scope: str = ""
    secret: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    ca_bundle: str = field(default="", repr=False)
    insecure: bool = False
    certificate: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    interface: str = ""
    image_endpoint: str = ""
    region_name: str = ""
    service: str = ""

    @property
    def who(self) -> str:
        """The user, access key, application or client; never a secret."""
        return who(self)

    @property
    def interfaces(self) -> tuple[str, ...]:
        return tuple(one for one in self.interface.split(",") if one)


#: What an account and a connection have in common, by name.
FIELDS: Final = tuple(one.name for one in fields(Connection))
PLAIN: Final = tuple(name for name in FIELDS if name not in SECRETS)

#: Of the names, those that each kind uses; the others are not kept. In the order in which people are asked for them.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    CredentialKind.PASSWORD: ("domain", "username", "domain_id", "user_id"),
    CredentialKind.ACCESS_KEY: ("access_key",),
    CredentialKind.APPLICATION: (
        "application_id", "application_name", "domain", "username", "domain_id", "user_id",
    ),
    CredentialKind.TOKEN: (),
    CredentialKind.OIDC_PASSWORD: (
        "username", "identity_provider", "protocol", "client_id", "client_secret", "oidc_endpoint", "oidc_discovery",
        "oidc_scope",
    ),
    CredentialKind.OIDC_CLIENT: (
        "identity_provider", "protocol", "client_id", "oidc_endpoint", "oidc_discovery", "oidc_scope",
    ),
}  # fmt: skip
OF_A_KIND: Final = frozenset(name for names in NAMES.values() for name in names)


def who(one: "Connection | Account") -> str:
    """Whom a connection or an account signs in; never a secret."""
    match one.kind:
        case CredentialKind.ACCESS_KEY:
            return one.access_key
        case CredentialKind.APPLICATION:
            return one.application_id or one.application_name
        case CredentialKind.TOKEN:
            return str(CredentialKind.TOKEN.label)
        case CredentialKind.OIDC_CLIENT:
            return one.client_id
        case _:
            return one.username or one.user_id


def connection_of(account: Account, *, secret: str | None = None) -> Connection:
    """The account as it was entered, with its secrets unless another is given. Raises SecretUnreadable."""
    plain: dict[str, Any] = {name: getattr(account, name) for name in PLAIN}
    if secret is not None:
        return Connection(**plain, secret=secret)
    plain |= {name: revealed(getattr(account, name)) for name in SECRETS}
    return Connection(**plain)


def revealed(stored: str) -> str:
    """A secret that an account may do without. Raises SecretUnreadable."""
    return decrypt(stored) if stored else ""


def credentials_of(connection: Connection) -> Credentials:
    """What the client signs in with."""
    domain: dict[str, Any] = {"domain": connection.domain, "domain_id": connection.domain_id}
    match connection.kind:
        case CredentialKind.ACCESS_KEY:
            return AccessKey(connection.access_key, connection.secret)
        case CredentialKind.APPLICATION:
            return ApplicationCredential(
                connection.application_id,
                connection.secret,
                connection.application_name,
                user=connection.username,
                user_id=connection.user_id,
                **domain,
            )
        case CredentialKind.TOKEN:
            return TokenCredential(connection.secret)
        case CredentialKind.OIDC_PASSWORD:
            client = _oidc(connection, connection.client_secret)
            return OidcPassword(client, connection.username, connection.secret)
        case CredentialKind.OIDC_CLIENT:
            return OidcClientCredentials(_oidc(connection, connection.secret))
        case _:
            return PasswordCredentials(connection.username, connection.secret, user_id=connection.user_id, **domain)


def _oidc(connection: Connection, client_secret: str) -> OidcClient:
    return OidcClient(
        connection.identity_provider,
        connection.protocol,
        connection.client_id,
        client_secret,
        connection.oidc_endpoint,
        connection.oidc_discovery,
        connection.oidc_scope,
    )


def verification_of(connection: Connection) -> Verify:
    """What the client takes as `verify`."""
    return certificates.verification(
        connection.ca_bundle,
        insecure=connection.insecure,
        certificate=connection.certificate,
        private_key=connection.private_key,
    )
