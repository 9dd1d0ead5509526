"""Three faces on one service: the pathway, the board, the planning pages.

models < domain < interfaces < views/{pathway, board, planning}.  What a person tells stays here: only counts leave.
"""
