"""What people ask to be done to images, made durable and carried out."""
