"""Who did what, when and from where: recording, sealing, verifying, reading."""
