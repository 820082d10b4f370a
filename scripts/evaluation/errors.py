class EvaluationError(ValueError):
    """Numbers that cannot be evaluated; the message names them and the expected ones."""

    user_error = True  # a program prints the message without a traceback
