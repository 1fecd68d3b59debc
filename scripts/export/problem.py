"""What stops an export, in words for the person who started it."""


class ExportProblem(Exception):
    """What happened, with the value, and how to mend it. Printed without a stack."""
