"""What at least three rooms share, and what knows none of them."""
