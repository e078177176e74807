"""The first page: what needs doing, over all projects."""
