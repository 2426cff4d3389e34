"""What people asked, what they got, and what they said about it."""
