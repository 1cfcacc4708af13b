"""What a command leaves with."""

OK, FAILURE, USAGE, INTERRUPTED = 0, 1, 2, 130
