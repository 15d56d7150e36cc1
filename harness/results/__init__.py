"""The numbered contract that everybody outside reads: results of runs, verdicts, exit codes."""
