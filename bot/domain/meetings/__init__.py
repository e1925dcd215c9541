"""How study buddies meet: what a server decides, what is said when, and how a meeting ends."""
