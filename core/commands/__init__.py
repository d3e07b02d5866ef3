"""The commands of ``python -m core``, one a file: what it is told, what it does, and what it says.

Each imports what it needs itself as it runs, so that a report does not wait for torch.
"""
