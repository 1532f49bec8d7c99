"""Benchmarks: cohorts, releases and what may be published of them."""
