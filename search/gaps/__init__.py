"""What people asked in vain: logged queries that were served badly, grouped by what was meant."""
