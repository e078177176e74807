"""Cutting a query into tokens, and the quoting that makes any value survive it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Longer queries are cut off here; a URL of this length is still carried by every server and browser.
MAX_QUERY = 4000
_PLAIN = re.compile(r"[^\s\",:=\\<>()\x00-\x1f-][^\s\",:=\\\x00-\x1f]*")
#: Inside a value, colons do no harm: only the first one of a token separates.
_PLAIN_VALUE = re.compile(r"[^\s\",=\\<>\x00-\x1f][^\s\",=\\\x00-\x1f]*")
_PLAIN_TAG_VALUE = re.compile(r"[^\s\",\\\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Text of a token with a mask: which characters stood inside quotation marks (and so separate nothing)."""

    text: str
    quoted: tuple[bool, ...]
    #: Written as a call of the API has it (api_calls.py).
    from_api: bool = False

    def split(self, separator: str, limit: int = -1) -> list["Run"]:
        """Cut at the separators outside quotation marks, at most `limit` times."""
        pieces, start = [], 0
        for place, character in enumerate(self.text):
            if character == separator and not self.quoted[place] and limit != 0:
                pieces.append(self._part(start, place))
                start, limit = place + 1, limit - 1
        return [*pieces, self._part(start, len(self.text))]

    def _part(self, start: int, end: int) -> "Run":
        return Run(self.text[start:end], self.quoted[start:end], self.from_api)

    @property
    def bare(self) -> bool:
        """Not a single quotation mark was used."""
        return not any(self.quoted)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `source` is what was typed, `run` is its content without the leading minus and the marks."""

    source: str
    run: Run
    negated: bool
    closed: bool = True


def tokens_of(query: str) -> Iterator[Token]:
    """Cut at blanks outside quotation marks. A mark that is never closed ends with the query (`closed` is False)."""
    place, end = 0, min(len(query), MAX_QUERY)
    while place < end:
        if query[place].isspace():
            place += 1
            continue
        token, place = _token_at(query[:end], place)
        yield token


def _token_at(query: str, start: int) -> tuple[Token, int]:
    negated = query[start] == "-" and start + 1 < len(query) and not query[start + 1].isspace()
    characters: list[str] = []
    quoted: list[bool] = []
    inside = False
    place = start + negated
    while place < len(query):
        character = query[place]
        if inside and character == "\\" and query[place + 1 : place + 2] in {'"', "\\"}:
            place += 1
            characters.append(query[place])
            quoted.append(True)
        elif character == '"':
            inside = not inside
        elif not inside and character.isspace():
            break
        else:
            characters.append(character)
            quoted.append(inside)
        place += 1
    run = Run("".join(characters), tuple(quoted))
    return Token(query[start:place], run, negated, closed=not inside), place


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def word(text: str) -> str:
    """A word that stands alone; marks where it would read as something else (`a:b`, `-x`, two words)."""
    return text if _PLAIN.fullmatch(text) else quote(text)


def value(text: str) -> str:
    """A value after `field:`."""
    return text if _PLAIN_VALUE.fullmatch(text) else quote(text)


def tag_value(text: str) -> str:
    """What stands after the `=` of a tag."""
    return text if not text or _PLAIN_TAG_VALUE.fullmatch(text) else quote(text)


def tag(key: str, tagged: str) -> str:
    """The token that finds images with this tag; without a value: with this key."""
    return f"tag:{value(key)}={tag_value(tagged)}" if tagged else f"tag:{value(key)}"
