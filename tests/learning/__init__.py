"""Measures, observations, charts, aims and tests of change."""
