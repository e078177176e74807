"""What operations and the query language know of tag policies: what a binding one refuses is no operation."""

from images.operations.services import guards
from images.search.queries.derived import derive
from images.tags.queries import policy as breaches
from images.tags.services import policy

guards.add(policy.guard)
derive("policy", breaches.values_in, breaches.order_in)
