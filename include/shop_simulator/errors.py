"""What the simulator raises on purpose; the command line prints the message alone."""


class SimulatorError(Exception):
    """Anything a user can put right."""


class WorldInvalid(SimulatorError):
    """Raised when a world is asked for that cannot be: unknown incident or store, no time span."""


class WorldMissing(SimulatorError):
    """Raised when a folder is served, or advanced, in which no world was made."""
