"""Seeded faults: patches that each break the project in one way, and the test that notices.

`make faults` applies each patch to a copy of the project and runs the test that the patch names. A
fault that is not caught shows a test that has become too weak.

    patches        what the patches state about themselves
    project_copy   the copy in which they are tried
    model_tests    the unit tests of the dbt models, on one warehouse for all faults
    test_faults    in `make test`: every patch applies, and its test exists
"""
