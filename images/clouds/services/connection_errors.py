"""What is wrong when an account does not connect, in plain words, each with what to do about it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from images.clouds.enums import CredentialKind
from images.ims import (
    ConnectionFailed,
    Forbidden,
    IMSError,
    InvalidCall,
    MalformedAnswer,
    NotFound,
    OutcomeUnknown,
    Redirected,
    ResponseError,
    ServerError,
    Throttled,
    TimedOut,
    Unauthorized,
)

#: Seconds by which clocks may differ before signatures are refused (API reference 3.2).
SIGNATURE_LIFE = 15 * 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """`sentence`: what happened, and what to do. `field`: the entry of the form that it is about, "" for none."""

    sentence: str
    field: str = ""


#: The entry by which each kind says who signs in.
_WHO: Final[dict[str, str]] = {
    CredentialKind.PASSWORD: "username",
    CredentialKind.ACCESS_KEY: "access_key",
    CredentialKind.APPLICATION: "application_id",
    CredentialKind.TOKEN: "secret",
    CredentialKind.OIDC_PASSWORD: "username",
    CredentialKind.OIDC_CLIENT: "client_id",
}


def entry_of(kind: str) -> str:
    """The entry of the form that says who signs in."""
    return _WHO[kind]


#: What Keystone and IAM say whatever the reason is.
_SAYS_NOTHING: Final = frozenset(
    {"", "unauthorized", "the request you have made requires authentication", "the username or password is wrong"}
)


def reason_of(error: Unauthorized) -> str:
    """Why the cloud does not let somebody in, in its own words; "" where it only says that it does not.

    Keystone names what is neither name nor password: a locked account, an expired password, a disabled domain.
    """
    words = error.message.partition(" (Disable insecure_debug mode")[0].strip().rstrip(".")
    return "" if words.lower() in _SAYS_NOTHING else words


def explain(error: IMSError, *, auth_url: str, kind: str, who: str = "", domain: str = "") -> Refusal:
    """The refusal for a failed test of an account. `who` is the user or the access key, never a secret."""
    host = urlsplit(auth_url).netloc or auth_url
    if isinstance(error, Unauthorized):
        return _not_accepted(error, host, kind, who, domain)
    if isinstance(error, ConnectionFailed):
        return _not_connected(error, host)
    for family, sentence, field in _others():
        if isinstance(error, family):
            # one pass: what the service says is put in as it is, never read as a pattern
            return Refusal(sentence % {"host": host, "error": str(error), "status": getattr(error, "status", 0)}, field)
    return Refusal(f"{error} {error.measure}", "auth_url")


def _others() -> tuple[tuple[type[IMSError], str, str], ...]:
    """In this order: the first that fits."""
    return (
        (
            TimedOut,
            _(
                "%(host)s took the connection but did not answer in time. Check that it is the IAM endpoint, and"
                " whether the service is overloaded; then try again."
            ),
            "auth_url",
        ),
        (
            OutcomeUnknown,
            _(
                "%(host)s closed the connection before its answer was complete. Check that the address begins with"
                " https:// if the service wants TLS, then try again."
            ),
            "auth_url",
        ),
        (
            Redirected,
            _("%(host)s sends us elsewhere. Give the address that the service itself uses. %(error)s"),
            "auth_url",
        ),
        (
            MalformedAnswer,
            _(
                "%(host)s answered, but not as an IAM does (a web page, or no JSON). Give the address of the identity"
                " service, such as https://iam.example.com/v3, not that of its web console."
            ),
            "auth_url",
        ),
        (
            NotFound,
            _("There is no identity service of version 3 at this address of %(host)s (404). Check the path: most end"
              " with /v3."),
            "auth_url",
        ),
        (
            Forbidden,
            _(
                "%(host)s accepted the sign-in but does not let it list its projects. Give the user the right to read"
                " projects (IAM), or use another one."
            ),
            "username",
        ),
        (Throttled, _("%(host)s gets too many sign-ins at the moment. Wait a minute, then try again."), ""),
        (ServerError, _("%(host)s failed inside (%(status)s). Try again later, or ask whoever runs it."), ""),
        (InvalidCall, _("%(error)s Correct the entry and try again."), "auth_url"),
        (ResponseError, _("%(host)s refused the sign-in. %(error)s"), ""),
    )  # fmt: skip


def _not_accepted(error: Unauthorized, host: str, kind: str, who: str, domain: str) -> Refusal:
    reason = reason_of(error)
    if reason and kind != CredentialKind.ACCESS_KEY:
        return Refusal(
            _(
                "%(host)s does not accept this sign-in and says why: “%(reason)s”. If you cannot mend that yourself,"
                " ask whoever runs the cloud."
            )
            % {"host": host, "reason": reason},
            "secret",
        )
    if kind in _not_accepted_by_kind():
        return Refusal(_not_accepted_by_kind()[kind] % {"host": host, "who": who}, "secret")
    if kind == CredentialKind.PASSWORD:
        return Refusal(
            _(
                "%(host)s does not accept this sign-in: user “%(who)s”, domain “%(domain)s” or the password is wrong."
                " Check all three; the domain is the account name, and some users may not use the API."
            )
            % {"host": host, "who": who, "domain": domain or "Default"},
            "secret",
        )
    skew = error.clock_skew
    if skew is not None and abs(skew) > SIGNATURE_LIFE:
        direction = _("ahead of") if skew > 0 else _("behind")
        return Refusal(
            _(
                "The clock of this machine is %(minutes)d minutes %(direction)s that of %(host)s; signatures are valid"
                " for 15 minutes. Set the clock (NTP), then try again."
            )
            % {"minutes": round(abs(skew) / 60), "direction": direction, "host": host},
            "",
        )
    return Refusal(
        _(
            "%(host)s does not accept this access key: AK “%(who)s” is unknown or disabled, or the secret key is"
            " wrong. Check both; a new pair can be made in the cloud's own console."
        )
        % {"host": host, "who": who},
        "secret",
    )


def _not_accepted_by_kind() -> dict[str, str]:
    """A function, for its words follow the language of the reader."""
    return {
        CredentialKind.APPLICATION: _(
            "%(host)s does not accept this application credential: “%(who)s” is unknown, has expired, or its secret is"
            " wrong. Check both, or make a new one at the cloud."
        ),
        CredentialKind.TOKEN: _("%(host)s does not accept this token: it has ended or was revoked. Get a new one."),
        CredentialKind.OIDC_PASSWORD: _(
            "%(host)s or the identity provider does not accept this sign-in: user “%(who)s”, the password, or the"
            " client is wrong. Check them, and what Keystone calls the identity provider and the protocol."
        ),
        CredentialKind.OIDC_CLIENT: _(
            "%(host)s or the identity provider does not accept this client: “%(who)s” is unknown, or its secret is"
            " wrong. Check both, and what Keystone calls the identity provider and the protocol."
        ),
    }


def _not_connected(error: ConnectionFailed, host: str) -> Refusal:
    if error.kind == "tls":
        return _no_tls(error, host)
    sentence = _connections().get(error.kind)
    if sentence is None:
        return Refusal(f"{error} {error.measure}", "auth_url")
    return Refusal(sentence % {"host": error.host or host, "name": (error.host or host).rpartition(":")[0]}, "auth_url")


def _connections() -> dict[str, str]:
    """By ConnectionFailed.kind. A function, for its words follow the language of the reader."""
    return {
        "dns": _(
            "The host name %(name)s cannot be found. Check its spelling, and that this machine's name servers know it."
        ),
        "refused": _(
            "%(host)s refused the connection: nothing listens there. Check the port, and that the service is running."
        ),
        "timeout": _(
            "%(host)s did not accept a connection in time. Check the address, and whether a firewall is between."
        ),
        "proxy": _("The proxy between this machine and %(host)s does not work. Ask whoever runs this console."),
        "blocked": _("%(host)s leads to a link-local, multicast or metadata address, which the console never calls."),
    }


def _no_tls(error: ConnectionFailed, host: str) -> Refusal:
    """OpenSSL's own words decide; the reader gets them too, for administrators search for them."""
    said = f"{error} {error.detail}".lower()
    if "expired" in said or "not yet valid" in said:
        return Refusal(
            _("The certificate of %(host)s has expired or is not yet valid. Have it renewed, or set our clock.")
            % {"host": host},
            "auth_url",
        )
    if "mismatch" in said or "doesn't match" in said:
        return Refusal(
            _("The certificate of %(host)s is for another name. Give the address by the name that is in it.")
            % {"host": host},
            "auth_url",
        )
    if "certificate" in said:
        return Refusal(
            _(
                "The certificate of %(host)s is not signed by an authority that this console trusts (%(why)s). If it"
                " is the right service, paste the CA bundle that signs its certificates."
            )
            % {"host": host, "why": str(error).rpartition(": ")[2].rstrip(".")},
            "ca_bundle",
        )
    return Refusal(
        _(
            "%(host)s does not speak TLS at this port (%(why)s). Check the port and whether it wants http:// or https://."
        )
        % {"host": host, "why": str(error).rpartition(": ")[2].rstrip(".")},
        "auth_url",
    )
