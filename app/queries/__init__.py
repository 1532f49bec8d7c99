"""Own queries of researchers over a frozen release: differentially private, paid from a budget."""
