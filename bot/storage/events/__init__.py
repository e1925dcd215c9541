"""Events: as their sources list them, what feeds know of them, Discord's own, and members' reminders."""
