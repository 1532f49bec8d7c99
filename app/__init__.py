"""Palanca: an open service for health-care leadership self-assessment and benchmarks."""

import os

# Before numpy is imported: on matrices of our size BLAS threads cost more than they give.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
