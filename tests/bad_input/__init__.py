"""What can be wrong with incoming data, and how storepulse responds.

One module per class of fault; `matrix.CASES` is all of them. `make bad-input` shows the table,
`test_bad_input.py` runs the same cases.
"""
