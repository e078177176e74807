"""What the sandbox refuses, by subject, as chapters 5, 6 and 9 of the reference say it."""
