"""Believable visitors of a shop's help page, made up and the same at every run of a seed."""
