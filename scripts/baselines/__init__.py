"""Classifiers of scikit-learn, fitted on the examples of a network to compare it with."""
