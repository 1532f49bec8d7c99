"""Writes that happen once: the answer to a request is kept, and a retry gets it again."""
