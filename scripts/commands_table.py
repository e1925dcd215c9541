"""Write the README's table of commands from the commands themselves.

    .venv/bin/python -m scripts.commands_table

`/help` says the same; a test fails while the two differ.
"""

import asyncio
import re
from pathlib import Path

from bot.app import create_app
from bot.settings import Settings
from cogs import all_cogs
from cogs.ui.help.source import every_command, table

README = Path(__file__).parents[1] / "README.md"
PLACE = re.compile(r"\| command \| who \| what it does \|\n(?:\|.*\n)+")


async def commands_table() -> str:
    """Return the table; nothing is opened for it."""
    app = create_app(Settings(database_url="sqlite:///unused.sqlite3"))
    for cog in all_cogs(app.services):
        await app.bot.add_cog(cog)
    return table(every_command(app.bot.tree.get_commands()))


def main() -> None:
    """Write it."""
    text = README.read_text(encoding="utf-8")
    made = asyncio.run(commands_table())
    README.write_text(PLACE.sub(lambda _: made, text, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
