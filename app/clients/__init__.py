"""Clients over HTTP: keys, rotation, and tokens by OAuth 2."""
