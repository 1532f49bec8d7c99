"""A synthetic world to try the service with: invented hospitals, believable answers."""
