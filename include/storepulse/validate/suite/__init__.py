"""An expectation suite: loaded, prepared for a window, and run by two engines that agree."""
