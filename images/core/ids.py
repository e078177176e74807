"""Primary keys as addresses and forms bring them: text, until it is a number that a row could have."""

#: The last that a database keeps (64 bits with a sign); what is beyond it names nothing.
LARGEST = 2**63 - 1
_DIGITS = len(str(LARGEST))


def id_of(text: str) -> int:
    """A primary key, or 0, which no row has."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return 0
    number = int(text)
    return number if number <= LARGEST else 0


class IdConverter:
    """`<id:pk>` in routes: a larger number is no address of anything, and so answered with 404 wherever it stands."""

    regex = r"[0-9]+"

    def to_python(self, value: str) -> int:
        number = id_of(value)
        if not number and value.strip("0"):
            raise ValueError(value[:_DIGITS])
        return number

    def to_url(self, value: int | str) -> str:
        return str(value)
