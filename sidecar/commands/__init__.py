"""One file per subcommand: each a short story in terms of the rest. Each has ``run(...) -> int``, the exit code."""
