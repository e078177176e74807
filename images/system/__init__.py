"""The console itself: health, figures, doctor, upgrade, demonstration."""
