"""What a visitor may be about to ask: completions of what was typed."""
