"""The audit trail: who did what, one chain of hashes per tenant that shows any later change."""
