"""A long run of the whole program in real time, under a modest load and steady faults: `make steady`."""
