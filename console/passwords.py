"""What a password must not be made of: the most used ones, the names of this console and of the person."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: Characters that must be left when these words are taken out: what remains has to be a secret by itself.
REST = 8
#: Shorter ones are in too many passwords by chance.
_SHORTEST_WORD = 4
_PRODUCT = ("image", "images", "console", "imageconsole")


class CommonPartsValidator(CommonPasswordValidator):
    """Of Django's 20,000 most used passwords hardly one is as long as ours have to be, but "password12345678" is two of
    them. Refuses one of them with digits and signs around it, two of them side by side, and a short thing repeated."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        text = password.casefold().strip()
        inner = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
        if self._known(text) or self._known(inner) or self._is_two(text) or _repeats(text):
            raise ValidationError(_("It is made of what very many people use."), code="password_too_common")

    def _known(self, text: str) -> bool:
        return text in self.passwords

    def _is_two(self, text: str) -> bool:
        return any(self._known(text[:cut]) and self._known(text[cut:]) for cut in range(1, len(text)))


def _repeats(text: str) -> bool:
    """Whether it is something of up to eight characters again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, min(9, len(text) // 2 + 1)))


class WordsValidator:
    """Refuses what is mainly the console's host name, the product's name, or the person's name or address."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError."""
        left = password.casefold()
        for word in sorted({*_words_here(), *_words_of(user)}, key=len, reverse=True):
            left = left.replace(word, "")
        if len(left) < REST:
            raise ValidationError(
                _("Apart from your own name and that of this console, it is too short: others would guess the rest."),
                code="password_of_known_words",
            )

    def get_help_text(self) -> str:
        return ngettext(
            "Beside your own name and that of this console, it needs %(n)d character.",
            "Beside your own name and that of this console, it needs %(n)d characters.",
            REST,
        ) % {"n": REST}


def _words_here() -> set[str]:
    hosts = [*settings.ALLOWED_HOSTS, urlsplit(settings.PUBLIC_URL).hostname or ""]
    return _cut([*hosts, *_PRODUCT])


def _words_of(user: User | None) -> set[str]:
    if user is None:
        return set()
    return _cut([user.username, user.email, user.first_name, user.last_name])


def _cut(texts: Iterable[str]) -> set[str]:
    """Each text and its parts, in small letters."""
    whole = [text.casefold().strip(".*") for text in texts if text]
    parts = [part for text in whole for part in re.split(r"[^\w]+|_", text)]
    return {word for word in (*whole, *parts) if len(word) >= _SHORTEST_WORD}
