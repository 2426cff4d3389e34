"""What the content team looks at: figures of the query log, and who may see them."""
