"""How a running Cohort is watched: what it counts, whether it is well, and where both can be asked for."""
