"""The learning system: measures and their observations, aims, run charts, tests of change."""
