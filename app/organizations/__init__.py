"""Networks, organizations and their public attributes."""
