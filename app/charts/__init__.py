"""Run charts and control charts, and what they say. Pure: no clock, no database, no HTTP.

Read `series.py` (what goes in), `chart.py` (what comes out), `limits.py` (centre and limits of each
kind), `runs.py` and `signals.py` (the rules that tell a change from noise); then `verdict.py` (is
an aim on course) and `variation.py` (the words of the NHS for a control chart).
"""
