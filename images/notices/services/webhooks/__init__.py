"""Webhooks: addresses that are told of things by signed requests (docs/notices.md)."""
