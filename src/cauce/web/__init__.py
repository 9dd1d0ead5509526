"""Two faces on one service: the pathway and the board.

models < domain < interfaces < views/{pathway, casework, board}.  What a person tells stays here: only counts leave.
"""
