"""The one error that is meant for a person to read."""


class UserError(Exception):
    """Something the person can put right; the message says what to do.

    `bot.tree` shows the message as it is, in the place where the person acted. Every other
    exception is a fault of ours: it is logged under a reference and the person sees the reference.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
