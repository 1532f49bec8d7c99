"""``python -m palanca_client``: the push command where its script is not installed."""

from palanca_client.command import main

main(program="palanca-push")
