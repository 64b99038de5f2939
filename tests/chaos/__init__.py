"""Kills steps of the pipeline at random instants and shows that running again makes it good.

    story      a small shop, and the steps that bring it to the marts, window by window
    doing      what each step does, in the process that is killed
    forked     starts steps in processes of their own, forked from one that has imported everything
    onlooker   a reader of serving and outbox who must never see half of anything
    plan       which step is killed how often, from a seed
    driving    the story told undisturbed, and told again with kills
    comparing  all that the story leaves behind, as text files that are equal or not

`make chaos ARGS='--kills 200 --seed 1'` runs it all and prints what came of it.
"""
