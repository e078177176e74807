"""What the audit hears of signing in."""

from images.signin.services import audit_entries

audit_entries.listen()
