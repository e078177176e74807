"""The query language of the list: text ⇄ ImageFilter, and the state of a list ⇄ its URL. Knows no database."""

from images.filters.conditions import Choice, Condition, Limit, Range, Tag, Tags, Text, Word, Yes
from images.filters.parse import Parsed, Problem, parse
from images.filters.state import ListState, Preference, Read, preference_of, read_state
from images.filters.value import ImageFilter

__all__ = [
    "Choice",
    "Condition",
    "ImageFilter",
    "Limit",
    "ListState",
    "Parsed",
    "Preference",
    "Problem",
    "Range",
    "Read",
    "Tag",
    "Tags",
    "Text",
    "Word",
    "Yes",
    "parse",
    "preference_of",
    "read_state",
]
