"""Many submissions at once, with one line of a report for every line that came in."""
