"""What Cohort asks for when it is invited, and what each of it is for."""

from typing import Final

PERMISSIONS: Final = {
    "View Channel": 1 << 10,
    "Send Messages": 1 << 11,
    "Send Messages in Threads": 1 << 38,
    "Create Public Threads": 1 << 35,
    "Create Private Threads": 1 << 36,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Create Events": 1 << 44,
    "Manage Roles": 1 << 28,
}
"""https://discord.com/developers/docs/topics/permissions; a server may leave out any but the first two."""


def invite_url(application_id: int) -> str:
    """Return the address that a server's administrator opens to invite the bot."""
    permissions = sum(PERMISSIONS.values())
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={permissions}"
    )
