"""What people are told, by the bell in the header, by mail and by webhooks."""
