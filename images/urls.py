"""Routes of the console: those of all rooms (images/<room>/urls.py), in one namespace.

In no particular order, since no path belongs to two rooms (tests/guards/test_urls.py).
"""

from images.apps import modules_of_rooms

app_name = "images"
urlpatterns = [pattern for room in modules_of_rooms("urls") for pattern in room.urlpatterns]
