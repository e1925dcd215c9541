"""What Cohort costs, each figure beside a baseline measured in the same run: `make bench`.

A module here is a measurement when it has a `run`: `NAME`, and `def run(size: Size) -> list[Row]`, or
`def run() -> list[dict]` with the keys of a row. docs/benchmarks.md says what the rows mean.
"""
