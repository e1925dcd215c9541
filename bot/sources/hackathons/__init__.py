"""Hackathons from the sites that list them: one module for each, with `fetch` and a pure `parse`.

A `parse` takes the bytes of an answer and returns values that can be pickled, so that it can run in another
process. Kaggle is not among them: its list is given only to members who sign in with a key of their own.
"""

from datetime import timedelta
from typing import Final

CHECK_EVERY: Final = timedelta(hours=12)
"""With every site and every page that is at most 18 requests a day, 10 of them to Devpost."""
