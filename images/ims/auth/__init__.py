"""Who asks: credentials, and how they become a token (3.1) or a signature (3.2) on each request."""
