"""Looking after a FAQ: what in it is doubled, contradictory, left over, dead or of no use."""
