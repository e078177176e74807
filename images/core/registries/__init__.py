"""What all rooms fill, each from a module of its own, when the app is ready (images/apps.py)."""
