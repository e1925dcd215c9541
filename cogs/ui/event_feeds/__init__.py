"""Feeds of events on cards: set up, previewed and changed; how they are described beside those of papers."""
