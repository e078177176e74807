"""What an error code means and what to do about it, for screens: appendix B of the reference."""

from dataclasses import dataclass

from images.ims import lookup


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """`code` "" when there is none; `measure` is what the reader can do."""

    code: str
    sentence: str
    meaning: str
    measure: str


def error_message(code: str, sentence: str) -> ErrorMessage | None:
    """None when nothing went wrong."""
    if not code and not sentence:
        return None
    known = lookup(code)
    return ErrorMessage(
        code=code if known else "",
        sentence=sentence,
        meaning=known.meaning if known else "",
        measure=known.measure if known else "",
    )
