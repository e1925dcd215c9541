"""Where papers and events come from: fetch, parse, normalise.

What a source says ends here: everything past this package is a value of `bot.domain`, in readable text.
"""
