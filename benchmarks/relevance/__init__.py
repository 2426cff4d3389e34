"""How good the ranking and the confidence are, and how their parameters are learned."""
