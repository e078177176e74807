"""The page of an operation that waits for a file leads to its upload."""

from images.making.queries import upload_of
from images.operations.queries.additions import add_to_page

add_to_page("upload", upload_of)
