"""How well gaps are found, beside k-means and HDBSCAN on the same embeddings: `make gaps DATASETS=folder`."""
