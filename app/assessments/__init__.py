"""Rounds of an organization: submissions in, one result out."""
