"""Cards, buttons and words: domain values in, Discord objects out."""
