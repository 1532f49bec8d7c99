"""What FHIR R4 calls things, and its resources as our own shapes. Pure: no HTTP, no database."""
