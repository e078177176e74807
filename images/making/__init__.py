"""Making images: creation, upload, registration."""
