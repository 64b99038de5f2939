"""What can be wrong with data that comes in, and what storepulse says to each.

One module per class of fault; `matrix.CASES` is all of them. `make bad-input` shows the table,
`test_bad_input.py` runs the same.
"""
