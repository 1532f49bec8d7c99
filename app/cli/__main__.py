"""``python -m app.cli``: the command line where the script is not installed."""

from app.cli import main

main()
