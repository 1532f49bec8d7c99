"""The service in FHIR's words, over the same verbs as ``/v1``; nobody but ``main`` imports it."""
