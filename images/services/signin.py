"""Who may have an account here: only people whom an administrator adds."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from console.client import address_of

#: What a client counts as whose address cannot be told (a socket): all of them share its limits.
_UNKNOWN = "127.0.0.1"


class InvitedOnlyAdapter(DefaultAccountAdapter):
    """An admin console is no place for strangers to sign up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the audit tells it, so that limits and entries speak of the same client."""
        return address_of(request) or _UNKNOWN
