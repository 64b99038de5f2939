"""Plays the outside world: three shops, their customers, their competitors, and what goes wrong.

    world        make or advance a world in a folder
    server       its HTTP doors: stock levels and the competitors' pages
    incidents    what can go wrong, and the truth about what did

Everything follows from a seed, so two worlds made with the same arguments are the same. Shares
nothing with the pipeline.
"""
