"""What operations and the query language know of tag policies: what a binding one refuses is no operation."""

from images.operations import services as operations
from images.search.queries.derived import derive
from images.tags.queries import policy as breaches
from images.tags.services import policy

operations.add_guard(policy.POLICED, policy.guard)
derive("policy", breaches.values_in, breaches.order_in)
