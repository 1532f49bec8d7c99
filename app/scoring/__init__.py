"""Answers in, scores and receipts out. Pure: no clock, no database, no HTTP.

Read `form.py` (what is scored), `score.py` (the rule), `receipt.py` (the proof of a score), then
`team.py` (what a locked assessment shows of many submissions, and what it must not).
"""
