"""Trying a change of the FAQ on what people asked, before it is published."""
