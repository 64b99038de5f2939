"""The simulator's errors; the command line prints only their message."""


class SimulatorError(Exception):
    """Any error that a user can fix."""


class WorldInvalid(SimulatorError):
    """Raised for arguments no world can have: unknown incident or store, no time span."""


class WorldMissing(SimulatorError):
    """Raised when a folder to serve or advance has no world in it."""
