"""The service's own answer to a question about tags (5.2.3), beside that of the console's copy. Reads only."""

from images.tags.services.check.comparison import Difference, ProjectCheck, Result, check
from images.tags.services.check.questions import CannotBeAsked, Question, question_of

__all__ = ["CannotBeAsked", "Difference", "ProjectCheck", "Question", "Result", "check", "question_of"]
