"""Names made from a pattern, one for each image: "{name}-copy", "{date}/{name}.{format}"."""

import re
from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _

_BRACES = re.compile(r"\{([^{}]*)\}")
#: What folders and files in a bucket cannot have in their names (IMG.0075).
_NOT_IN_FILES = re.compile(r"[^A-Za-z0-9._-]+")


def check_pattern(pattern: str, known: Mapping[str, str]) -> None:
    """Raises ValidationError for a placeholder that `known` (placeholder → meaning) does not have."""
    for word in _BRACES.findall(pattern):
        if word not in known:
            choices = ", ".join(f"{{{one}}}" for one in known)
            raise forms.ValidationError(
                _("There is no {%(word)s}. Known are %(choices)s.") % {"word": word, "choices": choices}
            )


def fill_pattern(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with the values in place of their placeholders; unknown ones stay as they are."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), pattern)


def file_safe(text: str) -> str:
    """The text with a hyphen where folders and files of a bucket allow nothing else."""
    return _NOT_IN_FILES.sub("-", text).strip("-") or "image"
