"""Templates as they are sent: their layout is for those who read them, and stays here."""

import re

from django.template import Origin
from django.template.loaders import filesystem

# Nothing in these can be read in two ways, and nothing is tried again (*+): templates of any length take no time.
_CODE = r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
_BRACE = r"\{(?![{%#])"
#: Values of attributes; in them white space may mean something.
_VALUE = rf"\"(?:{_CODE}|{_BRACE}|[^\"{{])*+\"|'(?:{_CODE}|{_BRACE}|[^'{{])*+'"
_REST = rf"(?:{_CODE}|{_VALUE}|{_BRACE}|[^<>\"'{{])*+>"
_ELEMENT = re.compile(rf"<[a-zA-Z]{_REST}", re.DOTALL)
#: Between attributes. The space before one that depends on something goes inside the condition, so that none is left.
_GAP = re.compile(
    r"\s*(?P<opens>\{% (?:if|elif|else)\b.*?%\})\s*"
    r"|\s*(?P<ends>\{% endif %\})"
    rf"|(?P<kept>{_CODE}|{_VALUE})"
    r"|\s*(?P<last>>)\Z"
    r"|\s+",
    re.DOTALL,
)
#: Boxes of their own, whatever their class: white space at their edges is never seen, unless a style keeps line breaks.
_BOX = r"(?:button|caption|dd|div|dt|figcaption|h[1-6]|legend|li|option|p|summary|td|th|title)"
_EDGE = re.compile(rf"(<{_BOX}\b{_REST})\s+|\s+(</{_BOX}>)", re.DOTALL)
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


def lean(source: str) -> str:
    """A template with each opening tag on one line and no indentation: that was a sixth of what pages weigh.

    Between words and elements some white space stays where there was some, so that they neither meet nor part.
    """
    source = _ELEMENT.sub(lambda element: _GAP.sub(_gap, element[0]), source)
    return _INDENTATION.sub("", _EDGE.sub(lambda edge: edge[1] or edge[2], source))


def _gap(found: re.Match[str]) -> str:
    if found["opens"]:
        return found["opens"] + " "
    return found["ends"] or found["kept"] or found["last"] or " "


class Loader(filesystem.Loader):
    """Django's own for pages that are lean. A text (a mail) is left as it is."""

    def get_contents(self, origin: Origin) -> str:
        contents: str = super().get_contents(origin)
        return lean(contents) if origin.name.endswith(".html") else contents
