"""Client of Palanca: lists, submissions, imports of many lines, and receipts checked offline."""

from palanca_client.client import AsyncClient, Client
from palanca_client.models import Import, Line, LineProblem
from palanca_client.problems import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PalancaError,
    RateLimited,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from palanca_client.receipts import Verdict, verify_receipt
from palanca_client.retrying import Retry

__all__ = [
    "AsyncClient",
    "Client",
    "Conflict",
    "Forbidden",
    "Import",
    "Invalid",
    "Line",
    "LineProblem",
    "NotFound",
    "PalancaError",
    "RateLimited",
    "Retry",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "Verdict",
    "verify_receipt",
]
