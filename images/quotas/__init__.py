"""Quotas of images: samples, thresholds, forecast, cleanup."""
