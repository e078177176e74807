"""What jobs do when their time has come."""

from images.sandbox.jobs import Effect

EFFECTS: dict[str, Effect] = {}
