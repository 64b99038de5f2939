"""Kills steps of the pipeline at random instants and shows that a second run repairs everything.

    scenario   a small shop, and the steps from its data to the marts, window by window
    steps      what each step does, in the process that is killed
    forked     starts steps in their own processes, forked from one that has imported everything
    reader     a reader of serving and outbox, which must never see partial results
    plan       which step is killed how often, from a seed
    runner     the scenario run undisturbed, and run again with kills
    comparing  everything a run leaves behind, as text files that are equal or not

`make chaos ARGS='--kills 200 --seed 1'` runs it all and prints the outcome.
"""
