"""Disclosure control: what may be published of many organizations' scores. Pure.

No database, no clock, no HTTP, no settings: contributions, thresholds and earlier releases come
in, cells and a verdict go out. Rule numbers (R3 to R11) are those of ``privacy-security.md`` 2c.
"""
