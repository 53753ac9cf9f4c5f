"""回访: clients drawn at random whom a recommender asks before recommending."""
