class EvaluationError(ValueError):
    """Numbers that cannot be evaluated; the message says which, and what was expected."""

    user_error = True  # a program prints the message without a traceback
