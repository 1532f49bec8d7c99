"""The practice library and adoptions."""
