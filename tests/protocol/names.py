"""Which names there are: those that the reference prints, and those that we know from elsewhere.

`names.csv` was made from the reference: parameters of requests (path, query, header, body), attributes of images,
names in answers (printed examples and tables of answers) and values, each with its sections. `names_beyond.csv` is
ours: a name that the reference does not have needs a line there that says where it does stand. A name in neither is an
invention, and the tests of names (test_names.py, and the ledger of each test in this folder) fail for it.
"""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

#: Sections whose answers are images; whatever is an attribute of one may stand in all of them.
IMAGES = frozenset({"5.1.1", "5.1.2", "6.1.1", "6.1.2", "6.1.3", "6.1.6"})
#: Answers of version 1 carry few attributes, in headers or in a list.
OLD_IMAGES = frozenset({"6.1.8", "6.1.9"})
#: Schemas describe whatever the service has: what they name is an attribute, and what they say of it is JSON schema.
SCHEMAS = frozenset({"6.3.1", "6.3.2", "6.3.3", "6.3.4"})
#: Errors have a shape of their own: 3.3 prints one and appendix B another.
ERRORS = ("3.3", "B")

_HERE = Path(__file__).parent

Row = tuple[str, str, frozenset[str]]


@cache
def _rows_of(file: str) -> tuple[Row, ...]:
    with (_HERE / file).open(newline="") as lines:
        return tuple((row["where"], row["name"], frozenset(row["sections"].split())) for row in csv.DictReader(lines))


def rows() -> tuple[Row, ...]:
    """(where, name, sections) of both files. `*` as a section is all of them."""
    return (*_rows_of("names.csv"), *_rows_of("names_beyond.csv"))


@cache
def printed_in(section: str, *where: str) -> frozenset[str]:
    """Names that the reference itself prints in these places of a section."""
    return frozenset(name for place, name, sections in _rows_of("names.csv") if place in where and section in sections)


@cache
def known(*where: str) -> frozenset[str]:
    """Names that stand somewhere in these places, whatever the section."""
    return frozenset(name for place, name, _ in rows() if place in where)


@cache
def known_in(section: str, *where: str) -> frozenset[str]:
    """Names that stand in these places of one section."""
    return frozenset(name for place, name, sections in rows() if place in where and sections & {section, "*"})


def names_in(document: Any) -> set[str]:
    """Each name of an object in a JSON document, however deep."""
    if isinstance(document, dict):
        return set(document).union(*map(names_in, document.values()))
    if isinstance(document, list):
        return set().union(*map(names_in, document))
    return set()


def answered(section: str, status: int) -> frozenset[str]:
    """What an answer of this section may name."""
    if status >= 400:
        return frozenset().union(*(known_in(one, "answer") for one in ERRORS))
    if section in IMAGES:
        return known_in(section, "answer") | known("attribute")
    if section in OLD_IMAGES:
        return known_in(section, "answer", "attribute")
    return known_in(section, "answer")


def unknown(said: Iterable[str], may: frozenset[str]) -> list[str]:
    """Names that are none, sorted."""
    return sorted(set(said) - may)
