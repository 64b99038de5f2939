"""The command `storepulse`, a module per group of commands."""
