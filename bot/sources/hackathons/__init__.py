"""Hackathons from the sites that list them: one module for each, with addresses and a pure `parse`.

A `parse` takes the bytes of an answer and returns values that can be pickled, so that it can run in another
process. Kaggle is not among them: its list is given only to members who sign in with a key of their own.
"""
