"""The service's own answer to a question about tags (5.2.3), beside that of the console's copy. Reads only."""

from images.services.tag_check.asking import CannotBeAsked, Question, question_of
from images.services.tag_check.checking import Checked, Difference, Result, check

__all__ = ["CannotBeAsked", "Checked", "Difference", "Question", "Result", "check", "question_of"]
