"""The local copy of image metadata: rows, facet index, synchronisation, history."""
