"""Who may have an account here: only people whom an administrator adds."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):
    """An admin console is no place for strangers to sign up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
