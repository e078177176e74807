"""Partners: projects of others that we know, and how far we trust them."""
