"""A suite of expectations: read, made ready for a window, and run by two engines that agree."""
