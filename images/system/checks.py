"""Our own among Django's checks for deployment: for `check --deploy`, `upgrade` and the doctor."""

from django.core.checks import CheckMessage, Error, Tags, register

from images.system.services.own_keys import missing_keys


@register(Tags.security, deploy=True)
def keys_of_their_own(**_options: object) -> list[CheckMessage]:
    """Before somebody changes SECRET_KEY and loses what hangs on it."""
    return [
        Error(
            f"{name} is not set: its key is made from SECRET_KEY, and would be lost with it.",
            hint="Run: python manage.py own_keys, and put the lines that it prints into the environment.",
            id="images.E001",
        )
        for name in missing_keys()
    ]
