"""Palanca: an open service for health-care leadership self-assessment and benchmarks."""
