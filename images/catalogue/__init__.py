"""The list of images and the page of one: what people look at most."""
