"""Use cases: one public method is one transaction, or an explicit sequence of them."""
