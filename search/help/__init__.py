"""The service's own help pages: for people without the search box, and for search engines."""
