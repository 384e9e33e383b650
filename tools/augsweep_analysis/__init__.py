"""Reads augsweep's result files and looks at them, without the program: docs/analysis.md shows how."""
