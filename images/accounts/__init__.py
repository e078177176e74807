"""Accounts of clouds and their projects as people add, choose and remove them."""
