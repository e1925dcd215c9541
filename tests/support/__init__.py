"""What the tests stand on: fakes at the edge, real things everywhere else."""
