"""Markdown from FAQ files as what a page may show, whatever is in it."""
