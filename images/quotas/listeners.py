"""What the query language knows of cleaning up."""

from images.quotas.queries import cleanup
from images.search.queries.derived import derive

derive("spare", cleanup.values_in)
