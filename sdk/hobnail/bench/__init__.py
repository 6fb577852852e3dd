"""Benchmarks: each starts the real server as a process, loads it over real sockets, and prints what it measured."""
