"""Frameworks and instruments, in every language they have."""
