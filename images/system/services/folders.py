"""Where the console keeps files of its own."""

from pathlib import Path

from django.conf import settings


def private_paths() -> list[Path]:
    """Folders and files that nobody else on this machine may look into; only those that are there."""
    places = [Path(settings.VAR_DIR), Path(settings.METRICS_DIR), Path(settings.UPLOAD_DIR)]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        places += [Path(f"{database['NAME']}{end}") for end in ("", "-wal", "-shm")]
    return [place for place in dict.fromkeys(places) if place.exists()]
