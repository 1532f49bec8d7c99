"""Who is asking: clients, their keys and scopes."""
