"""Pictures for cards: drawn as SVG, sent as PNG.

Every picture has a ground of its own, so that it reads on Discord's dark and light themes alike, and fonts
of its own, so that it looks the same in a container that has none.
"""

from bot.pictures.paths import draw_way
from bot.pictures.profiles import draw_profile
from bot.pictures.rendering import Picture, render

__all__ = ["Picture", "draw_profile", "draw_way", "render"]
