"""Finding images: filter language, matching, order, facets, completion, columns."""
